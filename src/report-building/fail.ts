import { and, eq, inArray, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { type ReportStatus, reports } from "../db/schema.ts";

/**
 * R21: the queue has given up on a report that stands so. Its page says it; nothing of it is there, nobody is written to, and
 * the account's next one need not wait.
 */
export async function failReport(reportId: string, standing: ReportStatus[]): Promise<void> {
  await db
    .update(reports)
    .set({ status: "failed", error: "failed", finishedAt: sql`clock_timestamp()` })
    .where(and(eq(reports.id, reportId), inArray(reports.status, standing)));
}
