import { and, eq, inArray, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { reports } from "../db/schema.ts";
import { dropFiles } from "../files/store.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { findReport, type Report, subjectOf } from "./queries.ts";

/** Cancels a report that is not ready: nothing of it stays, and whoever makes it stops at the next batch. No mail. */
export function cancelReport(actor: Actor, id: string): Promise<Report> {
  return db.transaction(async (tx) => {
    const report = await findReport(tx, actor.accountId, id);
    const [cancelled] = await tx
      .update(reports)
      .set({ status: "cancelled", finishedAt: sql`clock_timestamp()` })
      .where(and(eq(reports.id, report.id), inArray(reports.status, ["queued", "running"])))
      .returning();
    if (!cancelled) throw new Conflict(t("This report is not being made any more."));
    await dropFiles(tx, report.id, "report");
    await recordEvent(tx, actor, "report.cancelled", subjectOf(report));
    return cancelled;
  });
}
