import { z } from "zod";
import { endDueGrants } from "../src/endings/end-grants.ts";
import { endDueGuests } from "../src/endings/end-guests.ts";
import { remindEnds } from "../src/endings/remind.ts";
import { inBatches, task } from "./task.ts";

/**
 * Writes down the ends that have come, and tells of those that are near. What is over counts for nothing before this runs
 * (access/counts.ts). Safe to run twice, or twice at once: each batch takes rows that are still open and that nobody else
 * holds, and the commit that orders a letter writes down that it went.
 */
export const keepEndDates = task(z.object({}), async (_payload, { abortSignal }) => {
  await inBatches(endDueGrants, 100, abortSignal);
  await inBatches(endDueGuests, 50, abortSignal);
  await inBatches(remindEnds, 100, abortSignal);
});
