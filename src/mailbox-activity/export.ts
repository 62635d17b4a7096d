import { type Actor, can } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { differencesInWords } from "../audit/difference.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { csvHead, csvLine } from "../http/csv.ts";
import { t } from "../i18n/t.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import type { ActivityPlace, ActivityQuery } from "./forms.ts";
import { activityOf } from "./queries.ts";
import { type ShownActivity, shownActivity } from "./show.ts";

/**
 * The log of a mailbox as CSV, with the same filters. That it was taken out is in that log before its first byte leaves;
 * so many of them an hour as reports (REPORTS_PER_HOUR). What comes back makes the file as it is read.
 */
export async function exportActivity(
  actor: Actor,
  mailbox: Mailbox,
  query: ActivityQuery,
): Promise<AsyncIterable<string>> {
  await assertWithin([{ key: `log-export:${actor.userId}`, points: config.REPORTS_PER_HOUR, seconds: 3600 }]);
  const filters = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
  await db.transaction((tx) =>
    recordEvent(tx, actor, "log.exported", { type: "log", id: mailbox.id, label: mailbox.name }, { after: filters }),
  );
  return lines(actor, mailbox.id, query);
}

async function* lines(actor: Actor, mailboxId: string, query: ActivityQuery): AsyncGenerator<string> {
  let head = csvHead([t("Time"), t("What happened"), t("About"), t("Who did it"), t("Details"), t("IP address")]);
  const withAddress = can(actor, "audit.view");
  let place: ActivityPlace | undefined = {};
  while (place) {
    const page = await activityOf(actor, mailboxId, query, place, 1000);
    yield head + page.rows.map((row) => csvLine(cells(shownActivity(row), withAddress))).join("");
    head = "";
    place = page.next;
  }
}

const cells = ({ at, title, about, who, differences, ip }: ShownActivity, withAddress: boolean): string[] => [
  at.toISOString(),
  title,
  about,
  who,
  differencesInWords(differences),
  withAddress ? ip : "",
];
