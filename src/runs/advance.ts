import { and, eq, inArray, sql } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { activationRuns } from "../db/schema.ts";
import { log } from "../log.ts";
import type { Run } from "./queries.ts";

/** Users in one batch and one transaction: short enough that whoever is in it hardly waits (docs/performance.md). */
export const batchSize = config.PEOPLE_PER_BATCH;

/** The same where they are locked from the batch's beginning, not for its last part only. */
export const heldBatchSize = Math.min(batchSize, 2000);

type Moving = Pick<Run, "done">;

/**
 * What the server knows of a table is as old as its last look; an account that had one member then is read as if it still
 * had. So a run that has grown fourfold since has it look again: plans that other statements keep (references, too) follow. What
 * partial indexes are about is among the columns: unlooked at, each of them passes for empty, and is read whole.
 */
export async function lookAgain(before: Moving, after: Moving): Promise<void> {
  const step = (run: Moving) => Math.floor(Math.log(run.done / batchSize) / Math.log(4));
  if (before.done > 0 && step(before) === step(after)) return;
  await db
    .transaction(async (tx) => {
      // 6,000 rows of each instead of 30,000: enough to tell how many there are of what, in a fifth of the time.
      await tx.execute(sql`set local default_statistics_target = 20`);
      await tx.execute(
        sql`analyze members (account_id, email, user_id, status), mailboxes (account_id, address, kind, gone_at, archived_at),
          grants (account_id, member_id, mailbox_id, ended_at)`,
      );
    })
    .catch((error) => log.warn({ err: error }, "the tables of a run could not be looked at again"));
}

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
  const moved = await changeRun(tx, run, ["running", "stopped"], {
    cursor: batch.cursor,
    done: sql`${activationRuns.done} + ${batch.looked}`,
    result: added(run.result, batch.counts),
    movedAt: sql`clock_timestamp()`,
    error: null,
  });
  if (!moved) throw new Halt();
  return moved;
}

/**
 * Changes a run of one of these states, unless another worker has it by now: then undefined. Throws where the run does not
 * stand where this worker left it, because the database lost its last batches (a replica that lagged took over, or its disk
 * is not waited for): it is taken up anew, from there.
 */
export async function changeRun(
  tx: Tx,
  run: Run,
  states: Run["status"][],
  values: PgUpdateSetSource<typeof activationRuns>,
): Promise<Run | undefined> {
  const ours = and(
    eq(activationRuns.id, run.id),
    eq(activationRuns.generation, run.generation),
    inArray(activationRuns.status, states),
  );
  const standing = sql`${activationRuns.cursor} is not distinct from ${run.cursor}::uuid`;
  const [changed] = await tx.update(activationRuns).set(values).where(and(ours, standing)).returning();
  if (changed) return changed;
  const [found] = await tx.select({ cursor: activationRuns.cursor }).from(activationRuns).where(ours);
  if (found) throw new Error(`The run stands at ${found.cursor}, not at ${run.cursor}: the batches between were lost`);
  return undefined;
}
