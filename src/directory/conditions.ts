import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { mailboxPermissionKeys, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { rarestPieces } from "../db/trigrams.ts";
import { isUuid } from "../http/ids.ts";
import type { Filters, Sort } from "./filters.ts";

/** What each sort compares; each has its index (account_id, this, id). */
export const sortKeys: Record<Sort, SQL> = {
  name: sql`m.sort_name collate "C"`,
  address: sql`m.email collate "C"`,
  created: sql`m.created_at`,
  signed_in: sql`coalesce(m.last_sign_in_at, '-infinity')`,
};

/** Keys of the catalogue, written into the text: with parameters for them the server would plan each page anew. */
const list = (values: readonly string[]) => sql.raw(`any('{${values.join(",")}}'::text[])`);
export const all = (conditions: SQL[]) => sql.join(conditions, sql` and `);
const escaped = (word: string) => word.replace(/[\\%_]/g, "\\$&");

/** The account roles that open every mailbox. */
const everywhere = systemRoleKeys.filter(
  (key) =>
    systemRoles[key].level === "account" &&
    systemRoles[key].permissions.some((permission) => (mailboxPermissionKeys as string[]).includes(permission)),
);

/** Whether a grant `g` on the account opens every mailbox of it. */
export const opensEveryMailbox = sql`(g.mailbox_id is null and (g.system_role = ${list(everywhere)}
  or g.permission = ${list(mailboxPermissionKeys)}
  or (g.role_id is not null and exists (select from role_permissions rp
    where rp.role_id = g.role_id and rp.ended_at is null and rp.permission = ${list(mailboxPermissionKeys)}))))`;

/** Asked of each row by itself: `offset 0` keeps the planner from joining all grants to all members for it. */
const granted = (what: SQL) =>
  sql`exists (select from grants g where g.member_id = m.id and g.account_id = m.account_id and ${grantCounts()} and ${what} offset 0)`;

/** What was typed into the search, as conditions. */
export interface Search {
  /** Asked of one row after the other. */
  check: SQL;
  /** What the index of trigrams can find them by. */
  indexed: SQL[];
  /** So few are to be expected that they are all gathered at once. */
  rare: boolean;
  /** Of several words each may be common, and all together a hundredth of the members: they are met later on the way. */
  several: boolean;
}

/** Where each row has to be looked at, no more than these are counted. */
export const manyFound = 1000;

/** With more than this, a walk along the list meets enough of them sooner than the index of trigrams gathers them all. */
const fewHits = 4000;

/** Three letters are a trigram, and found anywhere; with fewer, names and addresses that begin so (T62: no wildcards). */
export async function searchOf(q: string): Promise<Search | undefined> {
  if (!q) return undefined;
  const words = q.split(/\s+/).slice(0, 8);
  const long = words.filter((word) => [...word].length >= 3);
  if (long.length === 0) {
    const start = `${escaped(q)}%`;
    const check = sql`(m.sort_name collate "C" like lower(${start}) or m.email collate "C" like lower(${start}))`;
    return { check, indexed: [], rare: false, several: false };
  }
  const { pieces, expected } = await rarestPieces(long);
  const like = (part: string) => sql`m.haystack like lower(${`%${escaped(part)}%`})`;
  return {
    check: all(words.map((word) => sql`strpos(m.haystack, lower(${word})) > 0`)),
    indexed: (pieces.length > 0 ? pieces : long).map(like),
    rare: expected <= fewHits,
    several: long.length > 1,
  };
}

/**
 * Which statuses are shown at all: removed ones when asked for, drafts to those who may send them (D2). Other statuses are
 * asked for by the conditions: here they would keep a walk from stopping after some thousand rows.
 */
export function visible(filters: Filters, mayInvite: boolean): SQL {
  if (filters.guests === "ended")
    return sql`m.guest_until <= now() and (m.status <> 'removed' or m.ended_at = m.guest_until)`;
  if (filters.status === "removed") return sql`m.status = 'removed'`;
  return mayInvite ? sql`m.status <> 'removed'` : sql`m.status <> 'removed' and m.status <> 'draft'`;
}

/** Each begins with what the index of guests is made for: they are few. */
const guestConditions = {
  all: sql`m.guest_until is not null`,
  soon: sql`m.guest_until > now() and m.guest_until <= now() + interval '30 days'`,
  ended: sql`m.guest_until <= now()`,
};

export interface Conditions {
  /** Bounds on what the list is sorted by, or on what stands before it in an index: reading stops by itself. */
  bounds: SQL[];
  /** Everything else, as it is asked of one row after the other. */
  rest: SQL[];
  /** The same as it is asked of all rows at once. */
  whole: SQL[];
  /** Which grants the members asked for hold, where that is asked: few grants lead to their members directly. */
  held?: SQL;
}

/** The filters as conditions on a member `m`, apart by whether the index of the sort can serve them. */
export function conditionsOf(actor: Actor, filters: Filters, search: Search | undefined): Conditions {
  const { status, role, mailbox, from, to, domain, idle, delivery, guests, sort } = filters;
  const bounds: SQL[] = [];
  const rest: SQL[] = [];
  const put = (served: boolean, condition: SQL) => void (served ? bounds : rest).push(condition);
  const midnight = (day: string, plus: number) =>
    sql`((${day}::date + ${plus}::int)::timestamp at time zone ${actor.timeZone})`;

  if (from) put(sort === "created", sql`m.created_at >= ${midnight(from, 0)}`);
  if (to) put(sort === "created", sql`m.created_at < ${midnight(to, 1)}`);
  if (domain) put(sort === "created", sql`m.email_domain = ${domain}`);
  if (status) put(sort === "created" && !domain, sql`m.status = ${status}`);
  if (mailbox === "none") put(sort === "created" && !domain && !status, sql`not m.mailbox_access`);
  if (idle) put(sort === "signed_in", sql`${sortKeys.signed_in} < now() - make_interval(days => ${idle}::int)`);
  // Served by an index of their own, whatever the sort: few are left to be put in order.
  if (delivery) bounds.push(sql`m.status = 'invited' and m.delivery in ('bounced', 'failed')`);
  if (guests) bounds.push(guestConditions[guests]);
  if (search) rest.push(search.check);

  const ofRole = role && (isUuid(role) ? sql`g.role_id = ${role}::uuid` : sql`g.system_role = ${role}`);
  const ofMailbox = isUuid(mailbox) && sql`g.mailbox_id = ${mailbox}::uuid`;
  const asked = [ofRole, ofMailbox].filter((what) => typeof what === "object");
  return {
    bounds,
    rest: [...rest, ...asked.map(granted)],
    whole: [...rest, ...(search?.indexed ?? []), ...asked.slice(0, -1).map(granted)],
    held: asked.at(-1),
  };
}

/** With more grants than this, walking the list meets one of their members soon enough. */
const fewGrants = 3000;

/** The members behind the grants asked for, as a CTE `held`, and whether these are all of them. */
export const heldBy = (accountId: string, what: SQL) => ({
  cte: sql`held as materialized (select distinct g.member_id from grants g
    where g.account_id = ${accountId} and ${grantCounts()} and ${what} limit ${fewGrants + 1})`,
  few: sql`(select count(*) <= ${fewGrants}::int from held)`,
});
