import { type SQL, sql } from "drizzle-orm";
import { run } from "../db/client.ts";
import { isUuid } from "../http/ids.ts";

/** What a log is in order of: a number that grows, or a time and an id. Its rows are called `l`. */
export interface Key {
  columns: SQL;
  order(way: "asc" | "desc"): SQL;
  time: SQL;
  /** A row's place as text, and back; undefined for a text that names none. */
  written: SQL;
  read(text: unknown): SQL | undefined;
}

/** In the order of an id that grows. */
export const byNumber: Key = {
  columns: sql`l.id`,
  order: (way) => sql`l.id ${sql.raw(way)}`,
  time: sql`l.at`,
  written: sql`l.id::text`,
  read: (text) => (typeof text === "string" && /^\d{1,15}$/.test(text) ? sql`${text}::bigint` : undefined),
};

/** In the order of a time, to the microsecond as the database keeps it. */
export const byTime: Key = {
  columns: sql`(l.created_at, l.id)`,
  order: (way) => sql`l.created_at ${sql.raw(way)}, l.id ${sql.raw(way)}`,
  time: sql`l.created_at`,
  written: sql`(extract(epoch from l.created_at) * 1000000)::bigint::text || '.' || l.id`,
  read(text) {
    const [time, id] = typeof text === "string" ? text.split(".") : [];
    if (!time || !/^\d{1,16}$/.test(time) || !isUuid(id)) return undefined;
    return sql`('epoch'::timestamptz + ${time}::bigint * interval '1 microsecond', ${id}::uuid)`;
  },
};

/** Where a page starts: with what is older than a place, newer than one, or the newest. */
export interface Place {
  before?: string;
  after?: string;
}

export interface Walk {
  table: SQL;
  key: Key;
  /** What an index bounds: the account, the period. */
  within: SQL[];
  /** What each row is asked for. */
  asked: SQL[];
  /** The columns, named as the row has them. */
  columns: SQL;
  /** One walk for each of these names, put in order together: each has its place in an index by name. */
  names?: readonly string[];
}

export interface Found<Row> {
  rows: Row[];
  newer?: string;
  older?: string;
  /** How far the page has looked, where its filters let so few pass that it ended before it was full. */
  lookedTo?: Date;
}

/** How many rows a page looks at: what is rare is found by going on, never by reading a million rows for one page. */
export const mostLooked = 10_000;

const all = (conditions: SQL[]) => sql.join(conditions, sql` and `);

/** The next rows from a place on, before they are asked for anything. */
function near({ table, within, names }: Walk, edge: SQL[], order: SQL, most: number): SQL {
  const limit = sql.raw(String(most));
  const rows = (more: SQL[]) =>
    sql`select l.* from ${table} l where ${all([...within, ...edge, ...more])} order by ${order} limit ${limit}`;
  if (!names) return rows([]);
  return sql`select l.* from unnest(${sql.param(names)}::text[]) n (name)
    cross join lateral (${rows([sql`l.name = n.name`])}) l order by ${order} limit ${limit}`;
}

/** One page of a log by key, newest first: a place stays where it is when new rows arrive. It costs the same at any size. */
export async function walk<Row extends object>(log: Walk, place: Place, size: number): Promise<Found<Row>> {
  const { key, asked, columns } = log;
  const after = key.read(place.after);
  const before = after ? undefined : key.read(place.before);
  const newer = after !== undefined;
  const order = key.order(newer ? "asc" : "desc");
  const edge = after ? [sql`${key.columns} > ${after}`] : before ? [sql`${key.columns} < ${before}`] : [];
  const looked = near(log, edge, order, asked.length > 0 ? mostLooked : size + 1);
  const found = await run<Row & { place: string }>(
    sql`select ${columns}, ${key.written} as place from (${looked}) l
      ${asked.length > 0 ? sql`where ${all(asked)}` : sql``} order by ${order} limit ${sql.raw(String(size + 1))}`,
    { planned: true },
  );
  const more = found.length > size;
  const rows = newer ? found.slice(0, size).reverse() : found.slice(0, size);
  const stopped = more || asked.length === 0 ? undefined : await lastOf(looked, key, newer);
  const [first, last] = [rows[0]?.place, rows.at(-1)?.place];
  return {
    rows,
    newer: newer ? (more ? first : stopped?.place) : before && (first ?? place.before),
    older: newer ? (last ?? place.after) : more ? last : stopped?.place,
    lookedTo: stopped && new Date(stopped.at),
  };
}

/** The last row that a page looked at, where it did not come to the end. */
async function lastOf(looked: SQL, key: Key, newer: boolean) {
  const [row] = await run<{ place: string; at: string; all: number }>(
    sql`select ${key.written} as place, ${key.time} as at, (count(*) over ())::int as "all" from (${looked}) l
      order by ${key.order(newer ? "desc" : "asc")} limit 1`,
    { planned: true },
  );
  return row && row.all >= mostLooked ? row : undefined;
}
