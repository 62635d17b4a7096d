import { z } from "zod";
import { stopImport } from "../src/import-runs/finish.ts";
import { runImport } from "../src/import-runs/work.ts";
import { ending } from "../src/queue.ts";
import { id, task } from "./task.ts";

/** After so many failures it is given up, and after so many crashes: both are seen on its page (R21). */
const failures = 5;
const crashes = 8;

/**
 * Applies an import, batch by batch. Safe to run twice, and twice at once: a batch and the place where the next one begins commit
 * together, and only for who took the import up last.
 */
export const runImportJob = task(z.object({ importId: id }), async ({ importId }, { abortSignal, job }) => {
  if (job.attempts > crashes) return stopImport(importId, "failed");
  try {
    await runImport(importId, abortSignal ? AbortSignal.any([abortSignal, ending.signal]) : ending.signal);
  } catch (error) {
    if (job.attempts >= failures) await stopImport(importId, "failed");
    throw error;
  }
});
