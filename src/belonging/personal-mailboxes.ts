import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { isSystemRole } from "../access/permissions.ts";
import type { Author } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { currentGrant, type GrantSource, members, nativeAddress } from "../db/schema.ts";
import { isUuid } from "../http/ids.ts";
import { clashes, hosted, isForwarder } from "../mail-addresses/delivered.ts";
import { roomLeft } from "../plans/room.ts";
import { inAccount } from "./in-account.ts";
import type { OpenRule } from "./rule.ts";

/** What the account wants for personal mailboxes: which role their owners get on them. */
export type PersonalRule = Pick<OpenRule, "accountId" | "personalMailboxRole">;

/** A mailbox and whose own it is, as two lists in one order. */
export interface Owned {
  owners: string[];
  boxes: string[];
}

/**
 * A38: a personal mailbox with their own address for each of these people; one that an undone activation left archived is
 * opened again. An address that another mailbox has is left alone and counted as a clash. Who has not answered an
 * invitation here yet gets none: their place is not settled. Where the plan is full, the rest comes in without one (B4):
 * the caller has the places held (`holdRoom`). Returns the mailboxes that were made, and for whom there was no room.
 */
export async function makePersonalMailboxes(
  tx: Tx,
  { accountId }: Pick<OpenRule, "accountId">,
  userIds: string[],
  runId: string | null,
): Promise<Owned & { clashes: number; full: string[] }> {
  if (userIds.length === 0) return { owners: [], boxes: [], clashes: 0, full: [] };
  // `limit 1`: looked up for each by itself. Joined, all mailboxes there are would be read, batch after batch.
  const [done] = await tx.execute<{ owners: string[]; boxes: string[]; left: string[] }>(sql`
    with wanted as materialized (
      select u.id, u.email, there.again,
        coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), split_part(u.email, '@', 1)) as name
      from users u left join lateral (
        select b.account_id = ${accountId}::uuid and b.personal_user_id is not distinct from u.id
          and b.archived_at is not null and b.deleted_at is null as again
        from mailboxes b where b.address = u.email and ${hosted} limit 1
      ) there on true
      where u.id = any(${sql.param(userIds)}::uuid[]) and not exists (
        select 1 from members m where m.email = u.email and m.status = 'invited' and ${inAccount(accountId)})
    ), fitting as materialized (
      select w.* from wanted w where w.again is not false and not ${isForwarder(sql`w.email`)}
      order by w.id limit ${roomLeft(accountId)}
    ), made as (
      insert into mailboxes as b (account_id, name, address, personal_user_id, run_id)
      select ${accountId}, name, email, id, ${runId}::uuid from fitting order by email
      on conflict (address) where ${nativeAddress} do update set archived_at = null, run_id = excluded.run_id
        where b.account_id = excluded.account_id and b.personal_user_id = excluded.personal_user_id
          and b.archived_at is not null and b.deleted_at is null
      returning personal_user_id as owner, id
    )
    select all_made.*, coalesce((select array_agg(id) from wanted where id not in (select owner from made)), '{}') as left
    from (select coalesce(array_agg(owner), '{}') as owners, coalesce(array_agg(id), '{}') as boxes from made) all_made`);
  const { left, ...owned } = done!;
  if (left.length === 0) return { ...owned, clashes: 0, full: [] };
  const [others] = await tx.execute<{ n: number; full: string[] }>(sql`
    select count(*) filter (where w.clash)::int as n,
      coalesce(array_agg(w.id) filter (where not w.clash and not exists (
        select 1 from mailboxes b where b.address = w.email and ${hosted})), '{}') as full
    from (select w.id, w.email, ${clashes(sql`${accountId}::uuid`, { id: sql`w.id`, email: sql`w.email` })} as clash from users w
      where w.id = any(${sql.param(left)}::uuid[])) w`);
  return { ...owned, clashes: others!.n, full: others!.full };
}

/** Notes on the places of these users that the plan had no room for a mailbox of their own when they came in. Nobody waits for it. */
export function noteNoRoom(tx: Tx, accountId: string, userIds: string[], places: Map<string, string>): void {
  const memberIds = userIds.flatMap((id) => places.get(id) ?? []);
  if (memberIds.length === 0) return;
  later(tx, (tx) =>
    tx
      .update(members)
      .set({ noRoomAt: sql`now()` })
      .where(and(eq(members.accountId, accountId), inArray(members.id, memberIds))),
  );
}

/** Where grants come from, and what that source is called; `hasty`: none of them is there already, else the statement fails. */
interface Origin {
  source: GrantSource;
  runId: string | null;
  hasty?: boolean;
}

/**
 * The role that the account chose, for each member on the mailbox that stands at their place in the other list. Nobody waits
 * for it.
 */
export function giveOwnMailboxes(
  tx: Tx,
  author: Author,
  rule: PersonalRule,
  { members, boxes }: { members: string[]; boxes: string[] },
  { source, runId, hasty = false }: Origin,
): void {
  const column = isSystemRole(rule.personalMailboxRole) ? "system_role" : "role_id";
  const grant = sql`
    insert into grants (account_id, member_id, mailbox_id, ${sql.raw(column)}, source, source_id, granted_by)
    select ${rule.accountId}, own.member, own.box, ${roleOf(rule)}, ${source}, ${runId}::text, ${author.userId}::uuid
    from unnest(${sql.param(members)}::uuid[], ${sql.param(boxes)}::uuid[]) own (member, box)
    where ${roleOf(rule)} is not null
    ${hasty ? sql`` : sql`on conflict ${currentGrant} do nothing`}`;
  later(tx, (tx) => tx.execute(grant));
}

/** The role as a column's value: a system role's key, or a custom role that is still there; a deleted one gives nothing. */
export function roleOf({ accountId, personalMailboxRole: role }: PersonalRule): SQL {
  if (isSystemRole(role)) return sql`${role}::text`;
  if (!isUuid(role)) return sql`null::uuid`;
  return sql`(select r.id from roles r
    where r.id = ${role}::uuid and r.account_id = ${accountId} and r.level = 'mailbox' and r.ended_at is null)`;
}
