import type { Facts } from "../operations/facts.ts";

/** What whoever runs the installation is alarmed about (R22). `test` is raised by hand and means nothing. */
export const alarmKinds = [
  "no_worker",
  "queue_late",
  "mail_failing",
  "connections_full",
  "sealing_late",
  "log_broken",
  "webhooks_late",
  "jobs_failed",
] as const;
export type AlarmKind = (typeof alarmKinds)[number];

export interface Trouble {
  kind: AlarmKind;
  /** The figures behind it, for words: never anything of anybody. */
  detail: Record<string, string | number>;
}

/** R22: jobs and webhooks that have been due for so long, mails that were not taken for so long; in seconds. */
export const late = 300;
/** Share of the connections in use from which on the rest may not last. */
export const full = 0.9;
/** X12: seals are at most so far behind, in seconds. */
export const sealLate = 60;

/** What is wrong, as far as is known: what was not answered alarms nobody, because a slow answer is no fact. */
export function judge({ queue, mails, database, log, webhooks }: Facts, limit: number): Trouble[] {
  const found: (Trouble | false | undefined)[] = [
    queue && queue.workers === 0 && { kind: "no_worker", detail: { due: queue.due } },
    queue && queue.oldest > late && { kind: "queue_late", detail: { seconds: queue.oldest, due: queue.due } },
    mails &&
      (mails.failingSeconds ?? 0) > late && {
        kind: "mail_failing",
        detail: { seconds: mails.failingSeconds!, waiting: mails.waiting, reply: mails.reply },
      },
    database &&
      (database.used > full * limit || database.usedByAll > full * database.most) && {
        kind: "connections_full",
        detail: { used: database.used, limit, usedByAll: database.usedByAll, most: database.most },
      },
    database &&
      (database.sealSeconds ?? 0) > sealLate && { kind: "sealing_late", detail: { seconds: database.sealSeconds! } },
    log && log.findings > 0 && { kind: "log_broken", detail: { findings: log.findings } },
    webhooks && webhooks.seconds > late && { kind: "webhooks_late", detail: { seconds: webhooks.seconds } },
    queue && queue.failed > 0 && { kind: "jobs_failed", detail: { count: queue.failed } },
  ];
  return found.filter((each): each is Trouble => Boolean(each));
}

/**
 * Which of them pass by themselves at every deploy: only what stands for so many seconds is told. The others have been
 * waited for already.
 */
export const grace: Record<AlarmKind, number> = {
  no_worker: 45,
  queue_late: 0,
  mail_failing: 0,
  connections_full: 45,
  sealing_late: 0,
  log_broken: 0,
  webhooks_late: 0,
  jobs_failed: 0,
};
