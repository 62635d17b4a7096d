import { type SQL, sql } from "drizzle-orm";
import ipaddr from "ipaddr.js";
import { type Database, db } from "../db/client.ts";
import { TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

export interface Limit {
  /** What is counted, and for whom: `sign-in:ana@example.com`. */
  key: string;
  /** How many in the window. */
  points: number;
  /** The window in seconds; it starts with the first try. */
  seconds: number;
}

/** A limit's row in the answer: how many there are now in its window, and the seconds until that ends. */
export interface Counted extends Record<string, unknown> {
  key: string;
  points: number;
  wait: number;
}

/** The statement that counts so many tries against several limits: a row for each, as `Counted` says. */
export function counting(limits: Limit[], cost = 1): SQL {
  const keys = sql.param(limits.map(({ key }) => key));
  const windows = sql.param(limits.map(({ seconds }) => seconds));
  return sql`
    insert into rate_limits (key, points, resets_at)
    select key, ${cost}::int, now() + make_interval(secs => seconds)
    from unnest(${keys}::text[], ${windows}::int[]) as wanted (key, seconds)
    order by key
    on conflict (key) do update set
      points = case when rate_limits.resets_at <= now() then excluded.points else rate_limits.points + excluded.points end,
      resets_at = case when rate_limits.resets_at <= now() then excluded.resets_at else rate_limits.resets_at end
    returning key, points, ceil(extract(epoch from resets_at - now()))::int as wait`;
}

const inOrder = (limits: Limit[], rows: Counted[]) => {
  const found = new Map(rows.map((row) => [row.key, row]));
  return limits.map(({ key }) => ({
    taken: found.get(key)?.points ?? 0,
    resets: Math.max(1, found.get(key)?.wait ?? 1),
  }));
};

/**
 * Counts so many tries against several limits, atomically and by the database's clock: how many there are now in each
 * window, and when it ends, in seconds. The limits of one call need different keys; they are taken in one order, so two
 * calls never block each other.
 */
export const takePoints = async (limits: Limit[], cost = 1, on: Pick<Database, "execute"> = db) =>
  inOrder(limits, await on.execute<Counted>(counting(limits, cost)));

const waitsOf = (limits: Limit[], rows: Counted[]): number[] =>
  inOrder(limits, rows).map(({ taken, resets }, at) => (taken > limits[at]!.points ? resets : 0));

/**
 * The same for tries that are refused beyond the limit: for each the seconds to wait, 0 while it is within. Inside a
 * transaction (`on`) the try counts only when that commits: what is refused for another reason costs nothing.
 */
export async function countTries(limits: Limit[], cost = 1, on: Pick<Database, "execute"> = db): Promise<number[]> {
  return waitsOf(limits, await on.execute<Counted>(counting(limits, cost)));
}

/** Counts a try against several limits and throws 429 for the longest wait. */
export const assertWithin = async (limits: Limit[], cost = 1): Promise<void> =>
  assertCounted(limits, await db.execute<Counted>(counting(limits, cost)));

/** The same for what is counted already. */
export function assertCounted(limits: Limit[], rows: Counted[]): void {
  const wait = Math.max(0, ...waitsOf(limits, rows));
  if (wait > 0) throw tooMany(wait);
}

/** A wait of so many seconds in words: "40 seconds", "5 minutes". */
export function inWords(wait: number): string {
  if (wait < 60) return t("{seconds, plural, one {# second} other {# seconds}}", { seconds: wait });
  return t("{minutes, plural, one {# minute} other {# minutes}}", { minutes: Math.ceil(wait / 60) });
}

/** The error for a limit that is reached, with the time left in words. */
export const tooMany = (wait: number): TooMany =>
  new TooMany(t("That was too many in a short time. Try again in {left}.", { left: inWords(wait) }), wait);

/** T41: the key of a visitor's address: IPv6 by its /64, an IPv4 inside IPv6 as the IPv4 it is. */
export function addressKey(ip: string | undefined): string {
  if (!ip || !ipaddr.isValid(ip)) return "unknown";
  const parsed = ipaddr.process(ip);
  if (parsed.kind() === "ipv4") return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
