import { and, eq, isNull, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { alarms, mails } from "../db/schema.ts";
import { alarmLetter } from "./mail.ts";

/**
 * Sends the mails of alarms from this process while there is no worker to do it, each once: the mail's own state is the
 * claim, and its job finds it settled when a worker is back. Returns how many were tried.
 */
export async function mailWithoutWorker(): Promise<number> {
  const waiting = await db
    .select({ id: mails.id })
    .from(mails)
    .innerJoin(alarms, eq(alarms.id, mails.subjectId))
    .where(
      and(
        isNull(alarms.clearedAt),
        eq(mails.kind, "alarm"),
        eq(mails.status, "queued"),
        eq(mails.attempts, 0),
        sql`exists (select from alarms w where w.kind = 'no_worker' and w.cleared_at is null and w.told_at is not null)`,
      ),
    )
    .limit(20);
  if (waiting.length === 0) return 0;
  // Seldom needed, and large: the web process is kept small.
  const { deliverMail } = await import("../mail/deliver.ts");
  for (const { id } of waiting) await deliverMail(id, alarmLetter, async () => {}, false).catch(() => {});
  return waiting.length;
}
