import { sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** Tries a failed job again now, with all its tries before it. 404 where it is gone, 409 where a worker has it. */
export function retryJob(person: Person, jobId: string): Promise<string> {
  return db.transaction(async (tx) => {
    const { id, name } = await lockJob(tx, jobId);
    await tx.execute(sql`
      select graphile_worker.reschedule_jobs(array[${id}::bigint], run_at := now(), attempts := 0)`);
    const subject = { type: "instance" as const, id, label: name };
    await recordEvent(tx, { ...person, accountId: null }, "job.retried", subject);
    return name;
  });
}

/** A job that failed, locked. 404 where it is gone or never failed, 409 where a worker has it in hand. */
export async function lockJob(tx: Tx, jobId: string): Promise<{ id: string; name: string; over: boolean }> {
  if (!/^\d{1,18}$/.test(jobId)) throw new NotFound();
  const [job] = await tx.execute<{ id: string; name: string; over: boolean; taken: boolean }>(sql`
    select j.id::text, t.identifier as name, j.attempts >= j.max_attempts as over, j.locked_at is not null as taken
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.id = ${jobId}::bigint and (j.last_error is not null or j.attempts >= j.max_attempts) for update of j`);
  if (!job) throw new NotFound();
  if (job.taken) throw new Conflict(t("A worker is at it right now. Look again in a moment."));
  return job;
}
