import { sql } from "drizzle-orm";
import { grantCounts, memberCounts } from "../access/counts.ts";
import { isSystemRole, systemRoles } from "../access/permissions.ts";
import { db, type Reader } from "../db/client.ts";
import type { Domain } from "../domains/queries.ts";
import { t } from "../i18n/t.ts";
import { clashes, hosted } from "../mail-addresses/delivered.ts";
import { roomLeft } from "../plans/room.ts";
import { categoryIn } from "./assign-batch.ts";

/** Milliseconds that a count may take: a connection of the web that is silent for 18 s is given up. */
const patience = 17_000;

/** X1: what an activation would do, before it does. The categories are those that the run counts by. */
export interface Plan extends Record<string, number> {
  taken: number;
  /** Corporate users of this account already. */
  here: number;
  elsewhere: number;
  unproven: number;
  disabled: number;
  /** Of those taken: in this account already, or invited to it. */
  members: number;
  invitations: number;
  /** Of those taken: the only Owner of another account; they stay it. */
  owners: number;
  /** Of those taken: their own address is the address of another mailbox, so they get no personal one. */
  clashes: number;
  /** Of those taken: the account's plan has no room for their personal mailbox, so they come in without one (B4). */
  full: number;
  /** The newest event at that time: what happened after it is drift. */
  marker: number;
  /** When that was, by the database's clock: milliseconds since 1970. */
  at: number;
}

/**
 * Everybody with an address in exactly this domain, by what would become of them. Reads; changes nothing. A million people, each
 * the only Owner of an account, take it some nine seconds; so it may take longer than other statements of a page, and has
 * memory for that.
 */
export const planOf = (domain: Domain): Promise<Plan> =>
  db.transaction(
    async (tx) => {
      await tx.execute(
        sql`select set_config('work_mem', '64MB', true), set_config('statement_timeout', ${String(patience)}, true)`,
      );
      return countIn(tx, domain);
    },
    { accessMode: "read only" },
  );

async function countIn(reader: Reader, domain: Domain): Promise<Plan> {
  const { accountId, name } = domain;
  const inDomain = sql`split_part(u.email, '@', 2) = ${name}`;
  const category = categoryIn(accountId);
  const taken = sql`${inDomain} and ${category} = 'taken'`;
  const clashing = clashes(sql`${accountId}::uuid`, { id: sql`u.id`, email: sql`u.email` });
  const rows = await reader.execute<{ category: string; n: number }>(sql`
    select ${category} as category, count(*)::int as n from users u where ${inDomain} group by 1`);
  const counts = Object.fromEntries(rows.map(({ category, n }) => [category, n]));
  const [more] = await reader.execute<
    Pick<Plan, "members" | "invitations" | "owners" | "clashes" | "full" | "marker" | "at">
  >(sql`
    with places as materialized (
      select m.status, m.email from members m join users u on u.email = m.email
      where m.account_id = ${accountId} and m.email_domain = ${name}
        and m.status not in ('removed', 'declined', 'revoked', 'expired') and ${taken}
    ), owners as (
      select (array_agg(m.user_id))[1] as user_id
      from grants g join members m on m.id = g.member_id and ${memberCounts()}
        join accounts a on a.id = g.account_id and a.deleted_at is null
      where g.system_role = 'owner' and ${grantCounts()} and g.mailbox_id is null and g.account_id <> ${accountId}
      group by g.account_id having count(*) = 1
    )
    select (select count(*)::int from places where status in ('active', 'blocked', 'waiting')) as members,
      (select count(*)::int from places where status in ('invited', 'draft')) as invitations,
      (select count(*)::int from users u where ${taken} and u.id in (select user_id from owners)) as owners,
      (select count(*)::int from accounts a join users u on a.personal_mailboxes and ${taken}
        where a.id = ${accountId} and ${clashing}) as clashes,
      (select case when room.left is null then 0 else greatest(0, room.left * -1 + (
          select count(*)::int from accounts a join users u on a.personal_mailboxes and ${taken}
          where a.id = ${accountId} and not ${clashing} and not exists (
              select 1 from mailboxes b where b.address = u.email and ${hosted} and b.archived_at is null)
            and not exists (select 1 from places i where i.email = u.email and i.status = 'invited'))) end
        from (select ${roomLeft(accountId)} as left) room) as full,
      (select coalesce(max(id), 0)::float from events) as marker,
      floor(extract(epoch from now()) * 1000)::float as at`);
  return { taken: 0, here: 0, elsewhere: 0, unproven: 0, disabled: 0, ...counts, ...more! };
}

/** How many rows a run will look at. */
export const totalOf = (plan: Plan): number => plan.taken + plan.here + plan.elsewhere + plan.unproven + plan.disabled;

/** What somebody must know to say yes: these have to be as they were when the plan was shown. */
const weighed = ["taken", "members", "invitations", "owners", "elsewhere", "clashes", "full"] as const;

/**
 * Whether the plan that was confirmed has become another one. In a domain of very many people somebody comes or goes all the
 * time: up to one in a thousand is drift, to be named at the end, and no reason to ask again.
 */
export const isStale = (confirmed: Plan, now: Plan): boolean =>
  weighed.some((key) => Math.abs((confirmed[key] ?? 0) - now[key]) > Math.floor(now.taken / 1000));

/** Another account's, and active: this one cannot be. */
export async function isTaken(domain: Domain): Promise<boolean> {
  const [other] = await db.execute(sql`
    select 1 from domains where name = ${domain.name} and status = 'active' and ended_at is null and id <> ${domain.id}`);
  return Boolean(other);
}

export interface Setting {
  name: string;
  personalMailboxes: boolean;
  /** The role's name: a system role's title, or a custom role's own. */
  role: string;
}

/** A38: what the account wants for newcomers, in the reader's language. */
export async function settingOf(accountId: string): Promise<Setting> {
  const [row] = await db.execute<{ name: string; wants: boolean; role: string; custom: string | null }>(sql`
    select a.name, a.personal_mailboxes as wants, a.personal_mailbox_role as role,
      (select r.name from roles r where r.account_id = a.id and r.id::text = a.personal_mailbox_role and r.ended_at is null) as custom
    from accounts a where a.id = ${accountId}`);
  const { name, wants, role, custom } = row!;
  return { name, personalMailboxes: wants, role: custom ?? (isSystemRole(role) ? t(systemRoles[role].title) : "") };
}
