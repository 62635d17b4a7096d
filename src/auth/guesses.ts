import { type SQL, sql } from "drizzle-orm";
import { canonicalAddress } from "../access/address.ts";
import { addressKey, assertCounted, assertWithin, type Counted, counting, type Limit } from "../access/limits.ts";
import { config } from "../config.ts";
import { type Database, db } from "../db/client.ts";

const perMinuteAndHour = (who: string, minute: number, hour: number): Limit[] => [
  { key: `${who}:minute`, points: minute, seconds: 60 },
  { key: `${who}:hour`, points: hour, seconds: 3600 },
];

/** Who guesses: an address typed into the form, from somewhere, perhaps on a device that its owner used before. */
export interface Guesser {
  typed: string;
  ip: string | undefined;
  /** The name of a device that signed in with this address before (device.ts). */
  device?: string;
}

/**
 * T40–T42: five guesses a minute and twenty an hour for one address, more for one network, counted in Postgres before
 * the password is looked at, so that parallel guesses over many processes add up. Nothing locks for good. A device that
 * the person signed in on before has a count of its own: whoever attacks the address does not lock its owner out.
 */
function limitsOf({ typed, ip, device }: Guesser): Limit[] {
  const email =
    canonicalAddress(typed) ??
    typed
      .replace(/[^\x20-\x7e]/g, "?")
      .trim()
      .toLowerCase()
      .slice(0, 254);
  const { SIGN_INS_PER_MINUTE: minute, SIGN_INS_PER_HOUR: hour } = config;
  if (device) return perMinuteAndHour(`sign-in-device:${device}:${email}`, minute, hour);
  return [
    ...perMinuteAndHour(`sign-in:${email}`, minute, hour),
    ...perMinuteAndHour(
      `sign-in-ip:${addressKey(ip)}`,
      config.SIGN_INS_PER_MINUTE_PER_IP,
      config.SIGN_INS_PER_HOUR_PER_IP,
    ),
  ];
}

/** The same for somebody signed in who is asked for the password again: a found session must not become a guessing machine. */
const limitsOfUser = (userId: string): Limit[] =>
  perMinuteAndHour(`password:${userId}`, config.SIGN_INS_PER_MINUTE, config.SIGN_INS_PER_HOUR);

/** Counts a guess; throws 429 with the time left when there were too many. A right password is taken off again. */
export const countGuess = (guess: Guesser | string): Promise<void> =>
  assertWithin(typeof guess === "string" ? limitsOfUser(guess) : limitsOf(guess));

/**
 * The same, and brings along what is `wanted`, a query of one row at most: beside the hash, ways to the database are what a
 * sign-in costs. Its columns, or undefined where it finds nothing; the first, `id`, is never null.
 */
export async function countGuessAnd<Row extends { id: string }>(guess: Guesser, wanted: SQL): Promise<Row | undefined> {
  const limits = limitsOf(guess);
  const rows = await db.execute<Counted>(sql`
    with counted as (${counting(limits)}) select * from counted left join (${wanted}) wanted on true`);
  assertCounted(limits, rows);
  return rows[0]?.id ? (rows[0] as unknown as Row) : undefined;
}

/** Takes a guess off the count: it was right. The counts are locked in the order in which `countTries` takes them. */
export const forgiveGuess = (guess: Guesser | string, on: Pick<Database, "execute"> = db) =>
  on.execute(forgiving(guess));

/**
 * The same as a statement, for one that does several things at once; `when` is a condition. Each key is a value of its own:
 * of a list of unknown length the planner expects more rows, and would plan the statement anew each time to know better.
 */
export function forgiving(guess: Guesser | string, when: SQL = sql`true`): SQL {
  const keys = (typeof guess === "string" ? limitsOfUser(guess) : limitsOf(guess)).map(({ key }) => sql`${key}`);
  return sql`
    update rate_limits r set points = greatest(r.points - 1, 0)
    from (select key from rate_limits where key in (${sql.join(keys, sql`, `)}) and ${when} order by key for update) counted
    where r.key = counted.key`;
}
