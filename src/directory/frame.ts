import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { isUuid } from "../http/ids.ts";
import { all, conditionsOf, manyFound, visible } from "./conditions.ts";
import { type Filters, isNarrowed } from "./filters.ts";
import type { Way } from "./walk.ts";

/** A role or mailbox that the list can be filtered by. */
export interface Option {
  id: string;
  name: string;
}

/** So many of them a menu shows; an account of many people has a mailbox for each, so those are searched. */
export const mostOptions = 200;

/** What stands round the rows: how many there are, what the filters are called, and what an open menu offers. */
export interface Frame {
  /** Counted up to `cap`; one more means "more than that". */
  total: number;
  cap: number;
  /** Of all, how many have not arrived yet: invited, or without a password. Up to 1,001. */
  waiting: number;
  roleName: string | null;
  mailboxName: string | null;
  options: Option[];
  /** Whether users can be created: the account has an active domain (A30, D8). */
  hasDomain: boolean;
}

/** The frame as the database tells it; `more`: the total is only what was met on the way. */
export interface Counted extends Omit<Frame, "cap" | "options"> {
  more: boolean;
  options: Option[] | null;
}

/** An exact count of a million would cost more than the page: so many are counted as an index alone can tell, or fewer. */
const capOf = ({ q, role, mailbox, domain, idle }: Filters) =>
  q || role || mailbox || domain || idle ? manyFound : 10_000;

const big = new Map<string, { at: number; cap: number }>();
const minute = 60_000;

/** How many the same list had more than within the last minute: it is then not counted again. */
function knownBig(key: string): number | undefined {
  const known = big.get(key);
  return known && known.at > Date.now() - minute ? known.cap : undefined;
}

function remember(key: string, cap: number) {
  if (big.size > 1000) big.clear();
  big.set(key, { at: Date.now(), cap });
}

/** 387 as 300, 26 as 20: for "more than". */
function rounded(count: number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(1, count)));
  return Math.floor(count / step) * step;
}

/** A number of ours, written into the text: a parameter would make the server plan each page anew. */
const number = (value: number): SQL => sql.raw(String(value));

const menus = {
  role: (accountId: string) => sql`select r.id, r.name from roles r
    where r.account_id = ${accountId} and r.ended_at is null order by lower(r.name), r.id limit ${number(mostOptions)}`,
  mailbox: (accountId: string, find: string) => sql`select b.id, b.name from mailboxes b
    where b.account_id = ${accountId} and b.archived_at is null
      and (strpos(lower(b.name), lower(${find})) > 0 or strpos(lower(b.address), lower(${find})) > 0)
    order by b.name, b.id limit ${number(mostOptions + 1)}`,
};

/** How many members pass the filters, at most one more than `cap`. */
function totalOf(actor: Actor, filters: Filters, mayInvite: boolean, cap: number): SQL {
  const { bounds, rest } = conditionsOf(actor, { ...filters, sort: "created" }, undefined);
  const conditions = [sql`m.account_id = ${actor.accountId}`, visible(filters, mayInvite), ...bounds, ...rest];
  // An order that an index has keeps the planner from reading other accounts' rows for it.
  const order = rest.length === 0 ? sql`order by m.created_at` : sql``;
  return sql`(select count(*)::int from (select 1 from members m where ${all(conditions)} ${order} limit ${number(cap + 1)}) x)`;
}

/**
 * The statement for everything round the rows, what it leaves out because it is known, and how its row is read, with how many rows there are up to the page's last.
 * What was counted on the way to the page is taken from there: beyond a few thousand rows it says "more than" instead of looking.
 */
export function frameOf(actor: Actor, filters: Filters, mayInvite: boolean, found: Way["found"]) {
  const { accountId } = actor;
  const cap = capOf(filters);
  const { after: _after, before: _before, menu, find, size: _size, sort: _sort, dir: _dir, ...asked } = filters;
  const key = JSON.stringify([accountId, mayInvite, asked]);
  const known = knownBig(key);
  const count = () => (known ? number(known) : (found?.total ?? totalOf(actor, filters, mayInvite, cap)));
  const nameIn = (table: SQL, id: string) =>
    isUuid(id) ? sql`(select n.name from ${table} n where n.account_id = ${accountId} and n.id = ${id})` : sql`null`;

  const crowded = knownBig(`waiting ${accountId}`) !== undefined;
  const statement = () => sql`select ${count()} as total, ${known ? sql`true` : (found?.more ?? sql`false`)} as more,
    ${isNarrowed(filters) ? sql`0` : crowded ? number(manyWaiting) : waiting(accountId)} as waiting,
    ${nameIn(sql`roles`, filters.role)} as "roleName", ${nameIn(sql`mailboxes`, filters.mailbox)} as "mailboxName",
    exists (select from domains d where d.account_id = ${accountId} and d.status = 'active' and d.ended_at is null) as "hasDomain",
    ${menu ? sql`(select json_agg(o) from (${menus[menu](accountId, find)}) o)` : sql`null`} as options`;
  const read = (counted: Counted, seen: number): Frame => {
    const { more, waiting, roleName, mailboxName, hasDomain, options } = counted;
    const atLeast = Math.min(cap, more ? Math.max(known ?? 0, rounded(Math.max(counted.total, seen))) : cap);
    const total = more ? atLeast + 1 : counted.total;
    if (total > atLeast) remember(key, atLeast);
    if (waiting >= manyWaiting) remember(`waiting ${accountId}`, manyWaiting);
    return { total, cap: atLeast, waiting, roleName, mailboxName, hasDomain, options: options ?? [] };
  };
  return { statement, read, look: `${known} ${crowded}` };
}

const manyWaiting = 1001;

const waiting = (accountId: string) => sql`(select count(*)::int from (select 1 from members w
  where w.account_id = ${accountId} and w.status in ('invited', 'waiting') limit ${number(manyWaiting)}) y)`;
