import { and, eq, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { reports } from "../db/schema.ts";

/** R21: the queue has given up on a report. Its page says so; nothing of it is there, and nobody is written to. */
export async function failReport(reportId: string): Promise<void> {
  await db
    .update(reports)
    .set({ status: "failed", error: "failed", finishedAt: sql`clock_timestamp()` })
    .where(and(eq(reports.id, reportId), eq(reports.status, "queued")));
}
