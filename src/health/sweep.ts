import { type SQL, sql } from "drizzle-orm";
import { config } from "../config.ts";
import { db } from "../db/client.ts";

/** Deletes up to `size` rows of a table by their key; says how many it found. */
const cleaner = (table: SQL, key: SQL, over: SQL) => async (size: number) => {
  const gone = await db.execute(sql`
    delete from ${table} where ${key} in (select ${key} from ${table} where ${over} limit ${size}) returning 1`);
  return gone.length;
};

/** Files that nobody can fetch any more, those that never became whole, and uploads that no import came of. */
const overFiles = sql`(expires_at < now() or created_at < now() - interval '1 day' and (completed_at is null
  or kind = 'upload' and not exists (select 1 from imports i where i.id = files.subject_id)))`;

/** Their bytes first, so many chunks at a time: a batch stays short however large a file is. */
async function cleanChunks(size: number): Promise<number> {
  const gone = await db.execute(sql`
    delete from file_chunks c using (
      select file_id, position from file_chunks where file_id in (select id from files where ${overFiles}) limit ${size}
    ) over where c.file_id = over.file_id and c.position = over.position returning 1`);
  return gone.length;
}

/** Imports are over with their files. One that was checked and never started is then called off. */
const longAgo = sql`created_at < now() - make_interval(days => ${config.IMPORT_DAYS}::int)`;
const ofOldImports = sql`import_id in (
  select id from imports where status in ('done', 'refused', 'cancelled') and ${longAgo})`;

async function callOff(size: number): Promise<number> {
  const old = await db.execute(sql`
    update imports set status = 'cancelled', finished_at = now(), generation = generation + 1
    where id in (select id from imports where status = 'checked' and ${longAgo} limit ${size} for update skip locked)
    returning 1`);
  return old.length;
}

/**
 * What is deleted, and when: files when they are over (uploads and their results after 30 days, reports after 7: T87), and
 * with the files of an import who stood in it and what was wrong; its line in the history stays. Sessions
 * that ended, trusted devices whose days are over, counters whose window is over, mails a quarter after they were settled (their state stands with the invitation),
 * sign-ins after a year, links and refresh tokens a month after they died, access tokens a day, answers kept for repeated requests and sign-ins at
 * providers as well; the log of the API and deliveries of webhooks after LOG_DAYS. Grants and events are never deleted.
 */
export const sweepers = [
  cleanChunks,
  cleaner(sql`files`, sql`id`, overFiles),
  callOff,
  cleaner(sql`import_rights`, sql`ctid`, ofOldImports),
  cleaner(sql`import_problems`, sql`ctid`, ofOldImports),
  cleaner(sql`import_people`, sql`ctid`, ofOldImports),
  cleaner(sql`sessions`, sql`sid`, sql`expire < now()`),
  cleaner(sql`rate_limits`, sql`key`, sql`resets_at < now()`),
  cleaner(
    sql`mails`,
    sql`id`,
    sql`status in ('sent', 'bounced', 'failed') and finished_at < now() - interval '90 days'`,
  ),
  cleaner(sql`idempotency_keys`, sql`ctid`, sql`created_at < now() - interval '1 day'`),
  cleaner(sql`api_calls`, sql`id`, sql`at < now() - make_interval(days => ${config.LOG_DAYS}::int)`),
  cleaner(sql`api_tokens`, sql`id`, sql`kind = 'access' and least(expires_at, ended_at) < now() - interval '1 day'`),
  cleaner(sql`api_tokens`, sql`id`, sql`least(expires_at, ended_at) < now() - interval '30 days'`),
  cleaner(sql`webhook_deliveries`, sql`id`, sql`created_at < now() - make_interval(days => ${config.LOG_DAYS}::int)`),
  cleaner(sql`smtp_checks`, sql`id`, sql`asked_at < now() - interval '30 days'`),
  cleaner(sql`log_checks`, sql`id`, sql`finished_at < now() - interval '1 year'`),
  cleaner(sql`sign_ins`, sql`id`, sql`at < now() - interval '1 year'`),
  cleaner(sql`trusted_devices`, sql`id`, sql`ends_at < now()`),
  cleaner(sql`authorizations`, sql`id`, sql`expires_at < now() - interval '1 day'`),
  cleaner(sql`tokens`, sql`id`, sql`least(expires_at, spent_at, replaced_at) < now() - interval '30 days'`),
];
