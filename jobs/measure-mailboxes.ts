import { z } from "zod";
import { adoptMailboxes, measureDue } from "../src/storage/due.ts";
import { inBatches, task } from "./task.ts";

/** The next run begins every minute: this one takes nothing new any more then. */
const patience = 50_000;

/** Measures the mailboxes that are due. Safe to run twice, or twice at once: each is taken with a lease. */
export const measureMailboxes = task(z.object({}), async (_payload, { abortSignal }) => {
  const until = Date.now() + patience;
  await measureDue(() => Boolean(abortSignal?.aborted) || Date.now() > until);
});

/** Begins to measure what came since the last hour. Safe to run twice: what is measured already is left alone. */
export const adoptMailboxesJob = task(z.object({}), async (_payload, { abortSignal }) => {
  await inBatches(adoptMailboxes, 10_000, abortSignal);
});
