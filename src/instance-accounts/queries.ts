import { type SQL, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { endOfIds } from "../db/newest.ts";
import type { AccountsQuery } from "./filters.ts";
import { matching } from "./filters.ts";

/** So far things are counted: a page never counts a million. */
export const mostCounted = 1000;

const upTo = (rows: SQL) => sql`(select count(*)::int from (${rows} limit ${mostCounted + 1}) counted)`;

/** How much there is of an account `a`: each figure from an index, to `mostCounted` and one at most. */
export const usage = sql`
  ${upTo(sql`select 1 from members m where m.account_id = a.id and m.status in ('active', 'blocked', 'waiting')`)} as people,
  ${upTo(sql`select 1 from mailboxes b where b.account_id = a.id and b.archived_at is null`)} as mailboxes,
  (select sum(u.bytes)::float8 from (
    select bytes from mailbox_usage where account_id = a.id limit ${10 * mostCounted}) u) as bytes,
  (select e.at from events e where (e.account_id, e.id) between (a.id, 0) and (a.id, ${endOfIds})
    order by e.account_id desc, e.id desc limit 1) as active_at`;

export interface AccountRow extends Record<string, unknown> {
  id: string;
  name: string;
  kind: "personal" | "company";
  createdAt: Date;
  suspendedAt: Date | null;
  deletedAt: Date | null;
  plan: string;
  limit: number | null;
  people: number;
  mailboxes: number;
  bytes: number | null;
  activeAt: Date | null;
}

const date = (value: unknown): Date | null => (value === null ? null : new Date(String(value)));

/** What the driver gave as what it is. */
export const accountRow = (row: Record<string, unknown>): AccountRow =>
  ({
    ...row,
    createdAt: date(row.created_at),
    suspendedAt: date(row.suspended_at),
    deletedAt: date(row.deleted_at),
    activeAt: date(row.active_at),
  }) as AccountRow;

const size = 25;

/** A page of the installation's accounts, the newest first, by key; `older` is where the next one begins. */
export async function listAccounts(query: AccountsQuery): Promise<{ rows: AccountRow[]; older?: string }> {
  const behind = query.before
    ? sql`(a.created_at, a.id) < (select b.created_at, b.id from accounts b where b.id = ${query.before}::uuid)`
    : sql`true`;
  const found = await db.execute(sql`
    select a.*, p.name as plan, p.mailboxes as limit, ${usage}
    from (
      select a.id, a.name, a.kind, a.created_at, a.suspended_at, a.deleted_at, a.plan_id from accounts a
      where ${behind} and ${matching(query)}
      order by a.created_at desc, a.id desc limit ${size + 1}
    ) a
    join plans p on p.id = coalesce(a.plan_id, (select id from plans where is_default))
    order by a.created_at desc, a.id desc`);
  const rows = [...found].slice(0, size).map(accountRow);
  return { rows, older: found.length > size ? rows.at(-1)!.id : undefined };
}
