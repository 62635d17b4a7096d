import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { reports } from "../db/schema.ts";
import type { StoredFile } from "../files/store.ts";
import { notify } from "../notifications/notify.ts";
import { type Report, subjectOf } from "../reports/queries.ts";

/** Thrown where a report is not ours to go on with: cancelled, taken up by another worker, or this one is to end. */
export class Halt extends Error {}

/**
 * Hands a report over: its files count from now on, and whoever ordered it gets the bell and the one mail (A71, R27). Only
 * who took it up last can, so a second one is never sent.
 */
export function finishReport(
  actor: Actor,
  report: Report,
  made: StoredFile[],
  { total, leftOut, drafts }: { total: number; leftOut: number; drafts: boolean },
): Promise<void> {
  const first = Math.min(...made.map(({ expiresAt }) => expiresAt.getTime()));
  return db.transaction(async (tx) => {
    const [done] = await tx
      .update(reports)
      .set({
        status: "done",
        done: total,
        total,
        leftOut,
        scope: { ...report.scope, drafts },
        finishedAt: sql`clock_timestamp()`,
        expiresAt: new Date(first),
        error: null,
      })
      .where(and(eq(reports.id, report.id), eq(reports.generation, report.generation), eq(reports.status, "running")))
      .returning();
    if (!done) throw new Halt();
    const bytes = made.reduce((sum, { size }) => sum + size, 0);
    await recordEvent(tx, actor, "report.finished", subjectOf(report), {
      after: { people: total - leftOut, files: made.length, bytes },
    });
    await notify(tx, {
      userId: report.orderedBy,
      accountId: report.accountId,
      kind: "report.ready",
      subjectId: report.id,
      mail: "report_ready",
    });
  });
}
