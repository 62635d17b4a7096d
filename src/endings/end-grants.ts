import { type SQL, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { permissions, systemRoles } from "../access/permissions.ts";
import { recordEvents } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import type { grants } from "../db/schema.ts";
import { labelOf } from "../grants/giving.ts";
import { ownerRemains } from "../members/last-owner.ts";
import { type Passing, tellOf } from "./tell.ts";

type GrantRow = typeof grants.$inferSelect;

interface Found extends Record<string, unknown> {
  id: string;
  account_id: string;
  member_id: string;
  email: string;
  name: string;
  user_id: string | null;
  status: string;
  mailbox: string | null;
  system_role: GrantRow["systemRole"];
  role_id: string | null;
  role: string | null;
  permission: GrantRow["permission"];
  granted_by: string | null;
  until: string;
}

/** Grants with the words that a letter and the log have for them. `which` speaks of the grant `g` and its member `m`. */
export async function grantsWithEnd(tx: Tx, which: SQL): Promise<(Passing & { grantId: string; status: string })[]> {
  const rows = await tx.execute<Found>(sql`
    select g.id, g.account_id, g.member_id, m.email, btrim(m.first_name || ' ' || m.last_name) as name, m.user_id, m.status,
      b.name as mailbox, g.system_role, g.role_id, r.name as role, g.permission, g.granted_by, g.ends_at as until
    from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id
    left join mailboxes b on b.id = g.mailbox_id
    left join roles r on r.id = g.role_id
    where ${which} order by g.ends_at, g.id`);
  return rows.map((row) => ({
    grantId: row.id,
    accountId: row.account_id,
    memberId: row.member_id,
    email: row.email,
    name: row.name || row.email,
    userId: row.user_id,
    status: row.status,
    by: row.granted_by,
    until: new Date(row.until),
    right: {
      title: row.system_role
        ? systemRoles[row.system_role].title
        : row.permission
          ? permissions[row.permission].title
          : (row.role ?? ""),
      roleId: row.role_id ?? undefined,
      mailboxName: row.mailbox,
      systemRole: row.system_role ?? undefined,
    },
  }));
}

/** Ends what these members were given until an instant that has come; the caller holds their rows. */
export async function endLapsedGrants(tx: Tx, { accountId, memberIds }: { accountId: string; memberIds: string[] }) {
  const ids = sql.param(memberIds);
  const due = await grantsWithEnd(
    tx,
    sql`g.account_id = ${accountId} and g.member_id = any(${ids}::uuid[]) and g.ended_at is null and g.ends_at <= now()`,
  );
  for (const grant of due) await endOne(tx, grant);
}

/** Ends one at the instant that it was given until, or keeps it where the account would be left without an Owner (T55). */
async function endOne(tx: Tx, grant: Awaited<ReturnType<typeof grantsWithEnd>>[number]) {
  const { right, grantId, accountId } = grant;
  const owner = right?.systemRole === "owner" && grant.status === "active";
  const kept = owner && !(await ownerRemains(tx, accountId, grant.memberId));
  await tx.execute(
    kept
      ? sql`update grants set ends_at = null, end_told_at = null where id = ${grantId} and ended_at is null`
      : sql`update grants set ended_at = ends_at, end_reason = 'end date' where id = ${grantId} and ended_at is null`,
  );
  await tx.execute(sql`update members set version = version + 1 where id = ${grant.memberId}`);
  const label = labelOf({ ...right!, endsAt: grant.until.toISOString() });
  const subject = { type: "member" as const, id: grant.memberId, label: grant.email };
  const change = { before: { rights: [label] }, after: { rights: kept ? [labelOf(right!)] : [] } };
  await recordEvents(tx, system(accountId), kept ? "member.end_date_dropped" : "member.right_ended", [
    { subject, change },
  ]);
  await tellOf(tx, "reached", [{ ...grant, kept }]);
}

/**
 * Ends a batch of what was given until an instant that has come, by the database's clock; rows of members whom somebody
 * else changes wait for the next run. Returns how many it looked at; fewer than `size` means none is left.
 */
export function endDueGrants(size = 100): Promise<number> {
  return db.transaction(async (tx) => {
    const due = await tx.execute<{ member_id: string }>(sql`
      select member_id from grants where ends_at <= now() and ended_at is null order by ends_at limit ${size}`);
    if (due.length === 0) return 0;
    const ids = sql.param([...new Set(due.map((row) => row.member_id))]);
    const held = await tx.execute<{ id: string; account_id: string }>(sql`
      select id, account_id from members where id = any(${ids}::uuid[]) order by id for update skip locked`);
    for (const { id, account_id } of held) await endLapsedGrants(tx, { accountId: account_id, memberIds: [id] });
    return held.length === 0 ? 0 : due.length;
  });
}
