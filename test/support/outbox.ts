import { Logger, makeWorkerUtils, runOnce, type WorkerUtils } from "graphile-worker";
import pg from "pg";
import { Inbox } from "../../src/dev/inbox.ts";
import { atEndOfFile } from "./endings.ts";

/** A real SMTP server, empty for each test file; mails are read here, and nowhere else. */
export const inbox = await new Inbox().listen(Number(new URL(process.env.SMTP_URL!).port));

let utils: Promise<WorkerUtils> | undefined;

/** The queue's own connections; a file's database is dropped under them, which must not end the run. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 6 });
pool.on("error", () => {});
pool.on("connect", (client) => client.on("error", () => {}));

/** Only what goes wrong is worth a line. */
const quiet = new Logger(() => (level, message) => void (level === "error" && console.error(message)));

/**
 * Runs every job that is due, with the real tasks, until none is left. Settled in batches as by the worker: without, the
 * runner does not wait for the statement that takes a finished job away, and a test may still see it.
 */
export async function runJobs(): Promise<void> {
  const { tasks } = await import("../../jobs/index.ts");
  const preset = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
  for (;;) {
    await runOnce({ pgPool: pool, taskList: tasks, noHandleSignals: true, concurrency: 4, logger: quiet, preset });
    // Of jobs that stand in a line the runner may miss the one behind the last that it did.
    const due = await pool.query(`select 1 from graphile_worker._private_jobs
      where is_available and run_at <= now() and task_id is not null and job_queue_id is not null limit 1`);
    if (due.rowCount === 0) return;
  }
}

/** Makes jobs that wait for a later time due now: a retry's back-off, a reminder's day. */
export async function skipWaiting(): Promise<void> {
  utils ??= makeWorkerUtils({ pgPool: pool });
  await (await utils).withPgClient((client) =>
    client.query("update graphile_worker._private_jobs set run_at = now() where locked_at is null"),
  );
}

export const mailsTo = (address: string) => inbox.mails.filter((mail) => mail.to === address);

/** Tests sign in on devices that nobody has used before; what is sent of that comes beside what they are about, in any order. */
const isNotice = ({ subject }: { subject: string }) => subject.startsWith("New sign-in on a device");

/** The newest mail to an address but the notice of a new device, unless there is no other; fails when there is none. */
export function mailTo(address: string) {
  const all = mailsTo(address);
  const mail = all.find((each) => !isNotice(each)) ?? all[0];
  if (!mail)
    throw new Error(`no mail to ${address}; there are ${inbox.mails.map(({ to }) => to).join(", ") || "none"}`);
  return mail;
}

/** The path of the first link of ours in a mail's text. */
export function linkIn(mail: { text: string }): string {
  const found = mail.text.match(/http:\/\/localhost:\d+(\/\S+)/);
  if (!found) throw new Error(`no link in: ${mail.text}`);
  return found[1]!;
}

atEndOfFile(() => {
  inbox.mails = [];
  inbox.mode = "accept";
  inbox.bouncing.clear();
});
