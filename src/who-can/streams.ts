import { type SQL, sql } from "drizzle-orm";
import { permissions, systemRoles } from "../access/permissions.ts";
import { db } from "../db/client.ts";
import { grantCounts, type Moment, mailboxCounts, memberCounts, roleCounts, systemRolesWith } from "../why/counts.ts";
import type { Question } from "../why/paths.ts";

/**
 * Every grant that gives the right at that place and moment, as several lists that an index each holds in the order of
 * members: of each, the first `size` members behind `after`. So a page costs the same however many hold the right.
 */
export async function holders(
  accountId: string,
  { permission, mailboxId, at }: Question,
  size: number,
  after = "",
  standing = true,
): Promise<string[]> {
  const onMailbox = permissions[permission].level === "mailbox" && mailboxId;
  const system = await systemRolesWith(permission, at);
  const custom = await db.execute<{ id: string; level: string }>(sql`
    select distinct r.id, r.level from role_permissions rp join roles r on r.id = rp.role_id
    where rp.account_id = ${accountId} and rp.permission = ${permission} and ${roleCounts(at)}`);
  const ids = (level: string) => custom.filter((role) => role.level === level).map(({ id }) => id);
  const keys = (level: string) => system.filter((key) => systemRoles[key].level === level);

  const rest = { size, after, standing, at };
  const lists = [
    ...keys("account").map((key) => list(sql`g.account_id = ${accountId} and g.system_role = ${key}`, rest)),
    ...ids("account").map((id) => list(sql`g.role_id = ${id}::uuid`, rest)),
    list(sql`g.account_id = ${accountId} and g.permission = ${permission} and g.mailbox_id is null`, rest),
  ];
  if (onMailbox) {
    const what = sql`(g.permission = ${permission} or g.system_role = any(${sql.param(keys("mailbox"))}::text[])
      or g.role_id = any(${sql.param(ids("mailbox"))}::uuid[]))`;
    const open = sql`exists (select 1 from mailboxes b where b.id = g.mailbox_id and ${mailboxCounts(at)})`;
    lists.push(list(sql`g.mailbox_id = ${mailboxId}::uuid and ${what} and ${open}`, rest));
  }
  const rows = await db.execute<{ id: string }>(sql`
    select distinct id from (${sql.join(lists.flat(), sql` union all `)}) found order by id limit ${size}`);
  return rows.map(({ id }) => id);
}

interface Rest {
  size: number;
  after: string;
  standing: boolean;
  at: Moment;
}

/** One list: of now from what counts; of a past date also from what has ended since. */
function list(which: SQL, { size, after, standing, at }: Rest): SQL[] {
  // A value of each row, never a join: the list is walked in the order of its index until it is long enough.
  const stands = standing
    ? sql`and (select ${memberCounts(at)} from members m where m.account_id = g.account_id and m.id = g.member_id)`
    : sql``;
  const behind = after ? sql`and g.member_id > ${after}::uuid` : sql``;
  return ["is null", ...(at ? ["is not null"] : [])].map(
    (ended) => sql`(select g.member_id as id from grants g where ${which} and g.ended_at ${sql.raw(ended)}
      and ${grantCounts(at)} ${behind} ${stands} order by g.member_id limit ${size})`,
  );
}
