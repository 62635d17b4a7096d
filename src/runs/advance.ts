import { and, eq, sql } from "drizzle-orm";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { activationRuns } from "../db/schema.ts";
import type { Run } from "./queries.ts";

/** Users in one batch and one transaction: short enough that whoever is in it hardly waits (docs/performance.md). */
export const batchSize = config.PEOPLE_PER_BATCH;

/** Thrown inside a batch, so that nothing of it stays: another worker has the run, or it may not go on. */
export class Halt extends Error {
  /** Why the run stops by itself; none where another worker has it by now. */
  reason: string | undefined;
  constructor(reason?: string) {
    super(reason ?? "another worker has taken this run over");
    this.reason = reason;
  }
}

export type Counts = Record<string, number>;

/** Both counts in one. */
export const added = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]),
  );

/**
 * Writes down how far a run is, as the last statement of the batch that got there. Only who took the run last may: an older
 * one undoes its batch (R3). A run that was stopped meanwhile keeps this batch, and goes no further.
 */
export async function advance(
  tx: Tx,
  run: Run,
  batch: { cursor: string; looked: number; counts: Counts },
): Promise<Run> {
  const [moved] = await tx
    .update(activationRuns)
    .set({
      cursor: batch.cursor,
      done: sql`${activationRuns.done} + ${batch.looked}`,
      result: added(run.result, batch.counts),
      movedAt: sql`clock_timestamp()`,
      error: null,
    })
    .where(
      and(
        eq(activationRuns.id, run.id),
        eq(activationRuns.generation, run.generation),
        sql`${activationRuns.status} in ('running', 'stopped')`,
      ),
    )
    .returning();
  if (!moved) throw new Halt();
  return moved;
}
