import { sql } from "drizzle-orm";
import { differencesInWords, differencesOf } from "../audit/difference.ts";
import { type EventName, eventNames } from "../audit/events.ts";
import { eventTitle } from "../audit/titles.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { boundsOf, containing, idIn, oneOf, readSpan, searched } from "./filters.ts";
import { type Log, rfc3339 } from "./log.ts";
import { byNumber, walk } from "./walk.ts";

interface Activity {
  at: Date;
  name: EventName;
  actorId: string | null;
  actorLabel: string;
  subjectId: string;
  subjectLabel: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  requestId: string | null;
  ip: string | null;
}

/** What can happen to a mailbox. */
export const mailboxEvents = eventNames.filter((name) => name.startsWith("mailbox."));

/** What was done to mailboxes and in them, who looked at messages among it (M15): the part of the audit log that is about them. */
export const mailboxActivityLog: Log<Activity> = {
  path: "mailboxes",
  file: "mailbox-activity",
  icon: "mail",
  title: () => t("Mailbox activity"),
  about: () => t("What was done to mailboxes and in them, and who opened messages."),
  empty: () => t("Whatever is done to a mailbox of this account will be written here."),
  partial: "/logs/_activity",
  read: (query) => ({
    ...readSpan(query),
    mailbox: idIn(query.mailbox) || searched(query.mailbox),
    what: oneOf(query.what, mailboxEvents),
    who: searched(query.who),
  }),
  find(actor, asked, place, size) {
    const { since, until } = boundsOf(actor, asked);
    const ofOne = isUuid(asked.mailbox);
    const names = asked.what ? [asked.what] : mailboxEvents;
    const within = [sql`l.account_id = ${actor.accountId}`];
    if (ofOne) within.push(sql`l.subject_id = ${asked.mailbox}`, sql`l.name = any(${sql.param(names)}::text[])`);
    if (since) within.push(sql`l.at >= ${since}`);
    if (until) within.push(sql`l.at < ${until}`);
    const conditions = [];
    if (asked.mailbox && !ofOne) conditions.push(sql`l.subject_label ilike ${containing(asked.mailbox)}`);
    if (asked.who) conditions.push(sql`l.actor_label ilike ${containing(asked.who)}`);
    const columns = sql`l.at, l.name, l.actor_id as "actorId", l.actor_label as "actorLabel", l.subject_id as "subjectId",
      l.subject_label as "subjectLabel", l.before, l.after, l.request_id as "requestId", l.ip`;
    const log = { table: sql`events`, key: byNumber, within, asked: conditions, columns };
    return walk<Activity>({ ...log, names: ofOne ? undefined : names }, place, size);
  },
  fields: (_actor, asked, rows) => [
    isUuid(asked.mailbox)
      ? { name: "mailbox", label: t("Mailbox"), type: "pin", words: rows[0]?.subjectLabel ?? t("one mailbox") }
      : { name: "mailbox", label: t("Mailbox"), type: "search" },
    { name: "who", label: t("Who did it"), type: "search" },
    {
      name: "what",
      label: t("What happened"),
      type: "select",
      all: t("Everything"),
      options: mailboxEvents.map((name) => [name, eventTitle(name)]),
    },
  ],
  show: (_actor, rows) =>
    rows.map((row) => ({ ...row, at: new Date(row.at), title: eventTitle(row.name), differences: differencesOf(row) })),
  head: () => [
    t("Time"),
    t("Mailbox"),
    t("What happened"),
    t("Who did it"),
    t("Details"),
    t("IP address"),
    t("Request"),
  ],
  line: (row) => [
    rfc3339(row.at),
    row.subjectLabel,
    eventTitle(row.name),
    row.actorLabel,
    differencesInWords(differencesOf(row)),
    row.ip ?? "",
    row.requestId ?? "",
  ],
};
