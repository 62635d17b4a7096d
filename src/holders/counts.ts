import { type SQL, sql } from "drizzle-orm";
import { grantCounts } from "../access/counts.ts";
import { db } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { t } from "../i18n/t.ts";

/** Whose rights a role can change: everybody but those whose membership or invitation has ended. */
export const living: MemberStatus[] = ["draft", "invited", "active", "blocked", "waiting"];

/** How far a list counts who holds a role, and who has access to a mailbox: no page counts a million people (SPEED: totals). */
export const holdersCap = { role: 1000, mailbox: 100 } as const;

/**
 * How many people hold grants that pass a condition, at most one more than `cap`: a scalar of a query. The condition names the
 * account and one column that an index has before the member, and grants are called `g`, so they come person by person and
 * nobody is read beyond the cap.
 */
export const countedHolders = (condition: SQL, cap: number, statuses: MemberStatus[] = living): SQL<number> =>
  sql`(select count(*)::int from (${someHolders(condition, cap, statuses)}) counted)`;

/** The same people: their member ids, at most one more than `cap`. */
export const someHolders = (condition: SQL, cap: number, statuses: MemberStatus[] = living): SQL => sql`
  select distinct g.member_id from grants g
  join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = any(${sql.param(statuses)}::text[])
  where ${condition} and ${grantCounts()} limit ${cap + 1}`;

/** The grants of one role: a system role's by its key, a custom one's by its id. */
export const ofRole = (accountId: string, role: { id: string; system: string | null }): SQL =>
  role.system
    ? sql`g.account_id = ${accountId} and g.system_role = ${role.system}`
    : sql`g.account_id = ${accountId} and g.role_id = ${role.id}`;

/** The roles with how many people hold each, counted up to `holdersCap.role`; one more means "more than that". */
export async function withUsers<R extends { id: string; system: string | null }>(
  accountId: string,
  roles: R[],
): Promise<(R & { users: number })[]> {
  const ids = sql.param(roles.map(({ id, system }) => (system ? null : id)));
  const keys = sql.param(roles.map(({ system }) => system));
  const rows = await db.execute<{ users: number }>(sql`
    select case when k.key is null
      then ${countedHolders(sql`g.account_id = ${accountId} and g.role_id = k.id`, holdersCap.role)}
      else ${countedHolders(sql`g.account_id = ${accountId} and g.system_role = k.key`, holdersCap.role)} end as users
    from unnest(${ids}::uuid[], ${keys}::text[]) with ordinality as k (id, key, n) order by k.n`);
  return roles.map((role, n) => ({ ...role, users: rows[n]!.users }));
}

/** "3 users", "1,000+ users", "Nobody". */
export function holdersInWords(count: number, cap: number): string {
  if (count === 0) return t("Nobody");
  if (count > cap) return t("{count, number}+ users", { count: cap });
  return t("{count, plural, one {# user} other {# users}}", { count });
}
