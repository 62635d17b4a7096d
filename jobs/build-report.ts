import { z } from "zod";
import { ending } from "../src/queue.ts";
import { buildReport } from "../src/report-building/build.ts";
import { failReport } from "../src/report-building/fail.ts";
import { id, task } from "./task.ts";

/** After so many tries it is given up: by failures, or because whoever made it died each time (R21). */
const most = 5;

/**
 * Makes the files of a report. Safe to run twice, and twice at once: whoever takes it up drops what an earlier one made and
 * begins anew, and only who took it up last may finish it, which sends the one mail.
 */
export const buildReportJob = task(z.object({ reportId: id }), async ({ reportId }, { abortSignal, job }) => {
  if (job.attempts > most) return failReport(reportId, ["queued", "running"]);
  try {
    await buildReport(reportId, abortSignal ? AbortSignal.any([abortSignal, ending.signal]) : ending.signal);
  } catch (error) {
    if (job.attempts >= most) await failReport(reportId, ["queued"]);
    throw error;
  }
});
