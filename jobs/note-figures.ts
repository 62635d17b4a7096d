import { z } from "zod";
import { noteDay } from "../src/figures/daily.ts";
import { task } from "./task.ts";

/**
 * The nightly line in the figures of each account. Safe to run twice: a day that is written stays as it is. One that is told
 * to end leaves the rest to the next night, whose line carries on from the last.
 */
export const noteFiguresJob = task(z.object({}), async (_payload, { abortSignal }) => {
  let after: string | null = null;
  do {
    const batch = await noteDay(after, 500);
    after = batch.last;
  } while (after && !abortSignal?.aborted);
});
