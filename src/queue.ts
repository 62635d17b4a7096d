import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "./db/client.ts";
import { later } from "./db/later.ts";

/** Payloads hold ids only (T91, T93); `v` lets a new release read what an old one queued (R18). */
export interface JobPayloads {
  send_mail: { mailId: string };
  remind_invites: Record<string, never>;
  expire_invites: Record<string, never>;
  keep_end_dates: Record<string, never>;
  sweep_leftovers: Record<string, never>;
  /** `askedBy`: who pressed "Check now", if anybody. */
  check_domain: { domainId: string; askedBy: string | null };
  check_domains: Record<string, never>;
  release_domain_people: { domainId: string };
  assign_domain_users: { runId: string };
  run_import: { importId: string };
  release_mails: Record<string, never>;
  check_import: { importId: string };
  /** After each check and each run; with the key `build_import_files:<id>` one that waits is enough. */
  build_import_files: { importId: string };
  build_report: { reportId: string };
  /** Somebody asked for it, or the mailbox was connected just now. */
  measure_mailbox: { mailboxId: string };
  measure_mailboxes: Record<string, never>;
  adopt_mailboxes: Record<string, never>;
  tell_payment: { changeId: string; accountId: string; userId: string | null; fromId: string; toId: string };
  count_figures: { accountId: string };
  note_figures: Record<string, never>;
  /** At the time that was planned. */
  carry_out_offboarding: { offboardingId: string };
  carry_out_offboardings: Record<string, never>;
  check_mail_server: { checkId: string };
  judge_alarms: Record<string, never>;
  verify_log: Record<string, never>;
  verify_slice: { checkId: string };
}

/** Raised when this process is told to end: a long job finishes its step and gives way to the next worker (R18). */
export const ending = new AbortController();

export type JobName = keyof JobPayloads;

export interface JobOptions {
  /** A lower number runs first. */
  priority?: number;
  maxAttempts?: number;
  /** A job with the same key replaces the one that waits. */
  key?: string;
  runAt?: Date;
  /** Not before so many milliseconds have passed, by the database's clock (R16). */
  after?: number;
  /** Jobs of the same name here run one after the other, in the whole installation. */
  queue?: string;
}

/** The queue's own SQL function, called: for a statement that does several things at once. */
export const addJob = <N extends JobName>(name: N, payload: JobPayloads[N], options: JobOptions = {}): SQL => sql`
    graphile_worker.add_job(
      ${name}::text,
      payload := ${JSON.stringify({ v: 1, ...payload })}::json,
      max_attempts := ${options.maxAttempts ?? 25}::int,
      queue_name := ${options.queue ?? null}::text,
      job_key := ${options.key ?? null}::text,
      priority := ${options.priority ?? 0}::int,
      run_at := coalesce(
        ${options.runAt?.toISOString() ?? null}::timestamptz,
        now() + make_interval(secs => ${options.after === undefined ? null : options.after / 1000}::float)
      )
    )`;

/** Queues a job inside the caller's transaction, through the queue's own SQL function. */
export async function enqueue<N extends JobName>(tx: Tx, name: N, payload: JobPayloads[N], options: JobOptions = {}) {
  const job = sql`select ${addJob(name, payload, options)}`;
  later(tx, (tx) => tx.execute(job));
}
