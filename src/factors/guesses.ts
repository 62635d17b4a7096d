import { sql } from "drizzle-orm";
import { assertWithin, type Limit } from "../access/limits.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";

/**
 * T103: a code has six digits only, so it is guessed as seldom as a password, and forty times a day at most: that is one
 * chance in eight thousand. A device that signed in as this person before has a count of its own, so that whoever knows the
 * password does not lock its owner out (T42). Counted for each user, in Postgres, before the code is looked at.
 */
function limitsOf(userId: string, device?: string): Limit[] {
  const who = device ? `second-factor-device:${device}:${userId}` : `second-factor:${userId}`;
  return [
    { key: `${who}:minute`, points: config.SIGN_INS_PER_MINUTE, seconds: 60 },
    { key: `${who}:hour`, points: config.SIGN_INS_PER_HOUR, seconds: 3600 },
    { key: `${who}:day`, points: config.SIGN_INS_PER_HOUR * 2, seconds: 86_400 },
  ];
}

/** Counts a guess at a second factor; throws 429 with the time left when there were too many. */
export const countFactorGuess = (userId: string, device?: string): Promise<void> =>
  assertWithin(limitsOf(userId, device));

/** Takes it off the count again: it was right. */
export async function forgiveFactorGuess(userId: string, device?: string): Promise<void> {
  const keys = limitsOf(userId, device).map(({ key }) => key);
  await db.execute(sql`
    update rate_limits r set points = greatest(r.points - 1, 0)
    from (select key from rate_limits where key = any(${sql.param(keys)}::text[]) order by key for update) counted
    where r.key = counted.key`);
}
