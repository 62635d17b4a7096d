import type { JobHelpers } from "graphile-worker";
import { z } from "zod";
import { withoutValues } from "../src/db/errors.ts";
import { log } from "../src/log.ts";

/** Thrown for a payload that no try can make good: the job ends without a retry (T91). */
export class Poison extends Error {}

/**
 * A job: checks its payload at the door, because jobs outlive releases and anyone with the database can queue one. What
 * cannot be read is dropped with a line in the log. The queue keeps why a try failed, but no value of anybody's (T93);
 * the log has the statement.
 */
export function task<S extends z.ZodObject>(
  payload: S,
  run: (payload: z.infer<S>, helpers: JobHelpers) => Promise<void>,
): (payload: unknown, helpers: JobHelpers) => Promise<void> {
  return async (raw, helpers) => {
    const about = { job: helpers.job.id, task: helpers.job.task_identifier };
    const read = payload.safeParse(raw);
    if (!read.success) return log.error(about, "unreadable payload, dropped");
    try {
      await run(read.data, helpers);
    } catch (error) {
      const kept = withoutValues(error);
      if (kept !== error) log.error({ ...about, err: error }, "a statement of a job failed");
      throw kept;
    }
  };
}

export const id = z.uuid();

/** Runs a batch after the other until one is not full, or the worker is asked to stop: the next run goes on (R18). */
export async function inBatches(
  batch: (size: number) => Promise<number>,
  size: number,
  stop?: AbortSignal,
): Promise<void> {
  while (!stop?.aborted && (await batch(size)) === size);
}
