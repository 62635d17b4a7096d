import { type SQL, sql } from "drizzle-orm";
import { db } from "../db/client.ts";

/** Deletes up to `size` rows of a table by their key; says how many it found. */
const cleaner = (table: SQL, key: SQL, over: SQL) => async (size: number) => {
  const gone = await db.execute(sql`
    delete from ${table} where ${key} in (select ${key} from ${table} where ${over} limit ${size}) returning 1`);
  return gone.length;
};

/**
 * What is deleted, and when: sessions that ended, counters whose window is over, mails a quarter after they were
 * settled (their state stands with the invitation), links a month after they died. Grants and events are never deleted.
 */
export const sweepers = [
  cleaner(sql`sessions`, sql`sid`, sql`expire < now()`),
  cleaner(sql`rate_limits`, sql`key`, sql`resets_at < now()`),
  cleaner(
    sql`mails`,
    sql`id`,
    sql`status in ('sent', 'bounced', 'failed') and finished_at < now() - interval '90 days'`,
  ),
  cleaner(sql`tokens`, sql`id`, sql`least(expires_at, spent_at, replaced_at) < now() - interval '30 days'`),
];
