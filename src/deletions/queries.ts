import { and, asc, eq, inArray, isNull, ne, sql } from "drizzle-orm";
import { grantCounts, lastingOwner, memberCounts } from "../access/counts.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { accounts, domains, grants, mailboxes, members, users } from "../db/schema.ts";

const shown = 100;
const counted = 10_000;

/** What deleting the account would do: how many of each, and the first hundred corporate users by name. */
export async function consequences(accountId: string) {
  const managed = and(
    eq(users.corporateAccountId, accountId),
    eq(members.accountId, accountId),
    ne(members.status, "removed"),
  );
  const upTo = (query: ReturnType<typeof sql>) =>
    sql<number>`(select count(*)::int from (${query} limit ${counted + 1}) x)`;
  const [counts] = await db
    .select({
      people: upTo(
        sql`select 1 from members m where m.account_id = ${accountId} and m.status in ('active', 'blocked', 'waiting')`,
      ),
      invited: upTo(
        sql`select 1 from members m where m.account_id = ${accountId} and m.status in ('draft', 'invited')`,
      ),
      mailboxes: upTo(sql`select 1 from ${mailboxes} b where b.account_id = ${accountId} and b.archived_at is null`),
      domains: upTo(sql`select 1 from ${domains} d where d.account_id = ${accountId} and d.ended_at is null`),
      corporate: upTo(sql`select 1 from ${users} u where u.corporate_account_id = ${accountId}`),
    })
    .from(sql`(select 1) one`);
  const corporate = await db
    .select({
      id: members.id,
      email: members.email,
      firstName: members.firstName,
      lastName: members.lastName,
      elsewhere: sql<number>`(select count(*)::int from members o join accounts a on a.id = o.account_id and a.deleted_at is null
        where o.user_id = ${members.userId} and o.account_id <> ${accountId} and ${memberCounts("o")})`,
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(managed)
    .orderBy(asc(sql`sort_name collate "C"`), asc(members.id))
    .limit(shown);
  return { counts: counts!, corporate, shown };
}

/** Accounts of which somebody is an owner and that were deleted less than 30 days ago. */
export function restorableAccounts(userId: string, reader: Reader = db) {
  return reader
    .select({
      id: accounts.id,
      name: accounts.name,
      until: sql<Date>`${accounts.deletedAt} + interval '30 days'`.mapWith(accounts.deletedAt),
    })
    .from(accounts)
    .innerJoin(members, and(eq(members.accountId, accounts.id), eq(members.userId, userId), memberCounts("members")))
    .innerJoin(
      grants,
      and(
        eq(grants.memberId, members.id),
        eq(grants.systemRole, "owner"),
        isNull(grants.mailboxId),
        grantCounts("grants"),
      ),
    )
    .where(sql`${accounts.deletedAt} > now() - interval '30 days'`)
    .orderBy(asc(accounts.name), asc(accounts.id));
}

/** Two owners who go at once take turns (T55). */
export const lockAccountsOf = (tx: Tx, userId: string) =>
  tx
    .select({ id: accounts.id })
    .from(accounts)
    .where(inArray(accounts.id, tx.select({ id: members.accountId }).from(members).where(eq(members.userId, userId))))
    .orderBy(accounts.id)
    .for("no key update");

/** Accounts that would be left without an owner if this person went: with others in them, and those of theirs alone. */
export async function ownedAlone(userId: string, reader: Reader = db) {
  const rows = await reader.execute<{ id: string; name: string; others: boolean }>(sql`
    select a.id, a.name, exists (select from members o
        where o.account_id = a.id and o.user_id <> ${userId} and o.status in ('active', 'blocked', 'waiting')) as others
    from accounts a
    join members m on m.account_id = a.id and m.user_id = ${userId} and ${memberCounts()}
    join grants g on g.member_id = m.id and g.system_role = 'owner' and g.mailbox_id is null and ${grantCounts()}
    where a.deleted_at is null and not exists (
      select from grants og join members om on om.id = og.member_id
      join users ou on ou.id = om.user_id and ou.disabled_at is null
      where og.account_id = a.id and ${lastingOwner("og", "om")}
        and om.user_id <> ${userId})
    order by a.name, a.id`);
  return { shared: rows.filter(({ others }) => others), own: rows.filter(({ others }) => !others) };
}
