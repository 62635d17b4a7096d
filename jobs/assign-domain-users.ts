import { z } from "zod";
import { ending } from "../src/queue.ts";
import { failRun, workOn } from "../src/runs/work.ts";
import { id, task } from "./task.ts";

/**
 * Takes the people of a domain in, or lets them go again, batch by batch. Safe to run twice, and twice at once: a batch and
 * the place where the next one begins commit together, and only for who took the run up last.
 */
export const assignDomainUsers = task(z.object({ runId: id }), async ({ runId }, { abortSignal, job }) => {
  try {
    await workOn(runId, abortSignal ? AbortSignal.any([abortSignal, ending.signal]) : ending.signal);
  } catch (error) {
    if (job.attempts >= job.max_attempts) await failRun(runId);
    throw error;
  }
});
