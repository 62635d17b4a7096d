import { z } from "zod";
import { freeOrphans } from "../src/deletions/free-orphans.ts";
import { sweepers } from "../src/health/sweep.ts";
import { letGo } from "../src/mailbox-removals/let-go.ts";
import { inBatches, task } from "./task.ts";

/** The nightly cleaning. Safe to run twice: it deletes in short batches what nobody can use any more,
 * switches those profiles on again that nobody can restore any more, and lets deleted mailboxes go after their 30 days. */
export const sweepLeftovers = task(z.object({}), async (_payload, { abortSignal }) => {
  for (const each of [...sweepers, freeOrphans, letGo]) await inBatches(each, 1000, abortSignal);
});
