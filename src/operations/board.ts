import { inWords } from "../access/limits.ts";
import { judge, late, sealLate } from "../alarms/judge.ts";
import { formatAgo, formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { connectionLimit } from "./database.ts";
import type { Facts } from "./facts.ts";
import { mostCounted } from "./queue.ts";

export type Look = "good" | "wait" | "bad" | "off";

/** One line of the status page: what, how it stands, and in which words. */
export interface Signal {
  key: string;
  title: string;
  look: Look;
  state: string;
  words: string;
}

const counted = (count: number) => (count > mostCounted ? `${formatNumber(mostCounted)}+` : formatNumber(count));
const states: Record<Look, () => string> = {
  good: () => t("Works"),
  wait: () => t("Needs attention"),
  bad: () => t("Does not work"),
  off: () => t("Not known"),
};

const signal = (key: string, title: string, look: Look, words: string): Signal => ({
  ...{ key, title, look, words },
  state: states[look](),
});

const unasked = () => t("The database has not answered in time.");

/** How the parts of the installation stand, in the order in which one looks for a fault. */
export function signals(facts: Facts): Signal[] {
  return [...ofDatabase(facts), ofLog(facts), ...ofQueue(facts), ofWebhooks(facts), ofMail(facts)];
}

function ofDatabase({ database }: Facts): Signal[] {
  if (!database) return [signal("database", t("Database"), "bad", unasked())];
  const limit = connectionLimit();
  const { used, usedByAll, most, pending, sealSeconds } = database;
  const share = Math.max(used / limit, usedByAll / most);
  const inUse = t("{used} of {limit} connections of the plan are in use, {all} of {most} of the server.", {
    used,
    limit,
    all: usedByAll,
    most,
  });
  return [
    pending > 0
      ? signal(
          "database",
          t("Database"),
          "bad",
          t("{count, plural, one {# migration has} other {# migrations have}} not run: run the release step.", {
            count: pending,
          }),
        )
      : signal("database", t("Database"), share > 0.9 ? "bad" : share > 0.75 ? "wait" : "good", inUse),
    sealSeconds === null
      ? signal("seals", t("Seals of the audit log"), "off", unasked())
      : signal(
          "seals",
          t("Seals of the audit log"),
          sealSeconds > sealLate ? "bad" : sealSeconds > 15 ? "wait" : "good",
          t("{time} behind", { time: inWords(sealSeconds) }),
        ),
  ];
}

/** A walk each night: one that has not come to its end for so many seconds is a long one, or none. */
const unverified = 3 * 86_400;

function ofLog({ log }: Facts): Signal {
  const title = t("Verification of the audit log");
  if (!log) return signal("log", title, "off", unasked());
  const { last, underWay, findings } = log;
  const now = underWay
    ? t("Under way: {position} of {end}.", {
        position: formatNumber(underWay.position),
        end: formatNumber(underWay.end),
      })
    : "";
  if (!last && !findings) return signal("log", title, "off", now || t("A worker does it each night; not once yet."));
  const position = formatNumber((findings && underWay?.findings ? underWay : last)?.position ?? 0);
  const result = findings
    ? t("{count, plural, one {# finding} other {# findings}} up to place {position}: it is not what was sealed.", {
        count: findings,
        position,
      })
    : t("It is what was sealed, up to place {position}; verified {when}.", {
        position,
        when: formatAgo(new Date(Date.now() - last!.seconds * 1000)),
      });
  const look = findings ? "bad" : last!.seconds > unverified ? "wait" : "good";
  const found = signal("log", title, look, [result, now].filter(Boolean).join(" "));
  return findings ? { ...found, state: t("Does not verify") } : found;
}

function ofQueue({ queue }: Facts): Signal[] {
  if (!queue) return [signal("queue", t("Queue"), "off", unasked())];
  const { workers, oldest, due, running, failed } = queue;
  return [
    signal(
      "workers",
      t("Workers"),
      workers ? "good" : "bad",
      workers
        ? t("{count, plural, one {# is running} other {# are running}}", { count: workers })
        : t("None is running: no mail leaves, and nothing goes on by itself."),
    ),
    signal(
      "queue",
      t("Queue"),
      oldest > late ? "bad" : oldest > 60 ? "wait" : "good",
      due
        ? t("{count} wait, the oldest for {time}; {running} under way", {
            count: counted(due),
            time: inWords(oldest),
            running: counted(running),
          })
        : t("Nothing waits."),
    ),
    signal(
      "jobs",
      t("Failed jobs"),
      failed ? "wait" : "good",
      failed ? t("{count} have failed for good.", { count: counted(failed) }) : t("None has failed for good."),
    ),
  ];
}

function ofWebhooks({ webhooks }: Facts): Signal {
  if (!webhooks) return signal("webhooks", t("Webhooks"), "off", unasked());
  const { seconds } = webhooks;
  const words = seconds > 60 ? t("The oldest waits for {time}.", { time: inWords(seconds) }) : t("Nothing waits.");
  return signal("webhooks", t("Webhooks"), seconds > late ? "bad" : seconds > 60 ? "wait" : "good", words);
}

function ofMail({ mails }: Facts): Signal {
  if (!mails) return signal("mail", t("Mail"), "off", unasked());
  const { failingSeconds, waiting, sent, failed, bounced } = mails;
  if (failingSeconds !== null) {
    const words = t("The mail server has taken no mail for {time}.", { time: inWords(failingSeconds) });
    return signal("mail", t("Mail"), failingSeconds > late ? "bad" : "wait", words);
  }
  const words = t("{sent} sent within a day, {waiting} waiting; within a week {bounced} bounced and {failed} failed", {
    ...{ sent: counted(sent), waiting: counted(waiting) },
    ...{ bounced: counted(bounced), failed: counted(failed) },
  });
  return signal("mail", t("Mail"), failed ? "wait" : "good", words);
}

/** All of it in one sentence. */
export function headline(facts: Facts, all: Signal[]): { look: Look; words: string } {
  const looks = new Set(all.map(({ look }) => look));
  if (looks.has("bad")) return { look: "bad", words: t("Something does not work") };
  if (looks.has("wait") || judge(facts, connectionLimit()).length > 0)
    return { look: "wait", words: t("Something needs attention") };
  return { look: "good", words: t("Everything works") };
}
