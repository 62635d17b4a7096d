import { inWords } from "../access/limits.ts";
import { t } from "../i18n/t.ts";

type Detail = Record<string, unknown>;
const number = (value: unknown) => Number(value ?? 0);

/** What an alarm says, in one sentence. */
export function alarmWords(kind: string, detail: Detail): string {
  switch (kind) {
    case "no_worker":
      return t("No worker is running: no mail leaves, and nothing goes on by itself.");
    case "queue_late":
      return t("Jobs have been waiting for {time}.", { time: inWords(number(detail.seconds)) });
    case "mail_failing":
      return t("The mail server has taken no mail for {time}.", { time: inWords(number(detail.seconds)) });
    case "connections_full":
      return t("{used} of {limit} database connections are in use, {all} of {most} of the whole server.", {
        used: number(detail.used),
        limit: number(detail.limit),
        all: number(detail.usedByAll),
        most: number(detail.most),
      });
    case "sealing_late":
      return t("The audit log is sealed {time} behind.", { time: inWords(number(detail.seconds)) });
    case "webhooks_late":
      return t("Webhooks have been waiting to be sent for {time}.", { time: inWords(number(detail.seconds)) });
    case "log_broken":
      return t("The audit log is not what was sealed: {count, plural, one {# finding} other {# findings}}.", {
        count: number(detail.findings),
      });
    case "jobs_failed":
      return t("{count, plural, one {# job has} other {# jobs have}} failed for good.", {
        count: number(detail.count),
      });
    default:
      return t("This is a test. Nothing is wrong.");
  }
}

/** What to do about it. */
export function alarmAdvice(kind: string): string {
  switch (kind) {
    case "no_worker":
      return t("Start a worker, and look at the end of its log.");
    case "queue_late":
      return t("Look which job waits. More workers do more at once; one that is stuck is in the log.");
    case "mail_failing":
      return t("Check SMTP_URL and the mail server. Mails wait, and go out by themselves when it is back.");
    case "connections_full":
      return t("Look who holds them, and whether DATABASE_CONNECTIONS, WEB_PROCESSES and WORKER_PROCESSES are true.");
    case "sealing_late":
      return t("A transaction that is open for long holds it back; else look at the log of the worker.");
    case "webhooks_late":
      return t("Look at the log of the worker. More workers send to more receivers at once.");
    case "log_broken":
      return t("npm run audit:verify names each. Keep the database as it is until somebody has looked into it.");
    case "jobs_failed":
      return t("Read why on the Operations page, put it right, and try them again.");
    default:
      return t("You get alarms of this installation at this address.");
  }
}
