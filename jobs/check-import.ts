import { z } from "zod";
import { checkImport } from "../src/import-checks/check.ts";
import { failCheck } from "../src/import-checks/take-up.ts";
import { ending } from "../src/queue.ts";
import { id, task } from "./task.ts";

/** After so many tries it is given up: by failures, or because whoever made it died each time (R21). */
const most = 5;

/**
 * Checks an uploaded workbook. Safe to run twice, and twice at once: each try begins anew, its findings come with one commit,
 * and only those of who took it up last count.
 */
export const checkImportJob = task(z.object({ importId: id }), async ({ importId }, { abortSignal, job }) => {
  if (job.attempts > most) return failCheck(importId);
  try {
    await checkImport(importId, abortSignal ? AbortSignal.any([abortSignal, ending.signal]) : ending.signal);
  } catch (error) {
    if (job.attempts >= most) await failCheck(importId);
    throw error;
  }
});
