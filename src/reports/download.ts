import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { filesOf } from "../files/read.ts";
import type { StoredFile } from "../files/store.ts";
import { AppError, Conflict, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertCan, assertMayRead } from "./order.ts";
import { findReport, reportFor, subjectOf } from "./queries.ts";

/**
 * A file of a report for whoever may generate reports of the account now, and see whom it is about (T88, D2): 404 for what is not there, 410 when its time
 * is over. Each time that one goes out is written down; a look at its headers is none.
 */
export async function downloadReport(actor: Actor, id: string, part: string, looks: boolean): Promise<StoredFile> {
  const report = await reportFor(actor.accountId, id);
  assertMayRead(actor);
  if (!/^[1-9]\d{0,5}$/.test(part)) throw new NotFound();
  if (report.over) {
    throw new AppError(
      410,
      t("The files of a report are kept for a few days only, and those of this one are gone. Generate a new report."),
    );
  }
  if (report.status !== "done")
    throw new Conflict(t("This report has no files: it is not ready, or was not finished."));
  if (report.scope.drafts) assertCan(actor, "invites.send");
  const file = (await filesOf(actor.accountId, report.id, "report")).find((each) => each.part === Number(part));
  if (!file) throw new NotFound();
  if (looks) return file;
  await db.transaction(async (tx) => {
    await recordEvent(tx, actor, "report.downloaded", subjectOf(await findReport(tx, actor.accountId, id)), {
      after: { file: file.name, bytes: file.size },
    });
  });
  return file;
}
