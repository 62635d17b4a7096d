import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { permissions } from "../access/permissions.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { csvHead, csvLine } from "../http/csv.ts";
import { t } from "../i18n/t.ts";
import type { Question } from "../why/paths.ts";
import { contentWords, pathKind, pathName, pathOrigin, pathPlace } from "../why/words.ts";
import type { Place } from "./forms.ts";
import { whoCan } from "./queries.ts";

/**
 * Everybody who has a right, as CSV: a line for each way to it. That it was taken out is written down before its first byte
 * leaves; so many of them an hour as reports (REPORTS_PER_HOUR). Read page by page, as it leaves.
 */
export async function exportHolders(
  actor: Actor,
  question: Question,
  q: string,
  mailbox: { id: string; name: string } | null,
): Promise<AsyncIterable<string>> {
  await assertWithin([{ key: `access-export:${actor.userId}`, points: config.REPORTS_PER_HOUR, seconds: 3600 }]);
  const subject = mailbox
    ? ({ type: "mailbox", id: mailbox.id, label: mailbox.name } as const)
    : ({ type: "account", id: actor.accountId, label: permissions[question.permission].title } as const);
  const after = { permission: question.permission, at: question.at?.toISOString(), q: q || undefined };
  await db.transaction((tx) => recordEvent(tx, actor, "access.exported", subject, { after }));
  return lines(actor.accountId, question, q);
}

async function* lines(accountId: string, question: Question, q: string): AsyncGenerator<string> {
  const right = t(permissions[question.permission].title);
  // With the first lines, not before them: what cannot be read is answered with a page, not with half a file.
  let head = csvHead([
    ...[t("Name"), t("Email"), t("Permission"), t("By"), t("Kind"), t("Where"), t("How it came to be")],
    ...[t("In the role"), t("Given at"), t("Ends at")],
  ]);
  let place: Place | null = null;
  do {
    const page = await whoCan(accountId, question, q, place, 1000);
    const rows = page.rows
      .flatMap(({ name, email, paths }) =>
        paths.map((path) =>
          csvLine([
            ...[name, email, right, pathName(path), pathKind(path), pathPlace(path), pathOrigin(path)],
            ...[contentWords(path), path.grantedAt.toISOString(), path.endsAt?.toISOString() ?? ""],
          ]),
        ),
      )
      .join("");
    yield head + rows;
    head = "";
    place = page.next;
  } while (place);
}
