import { and, eq, sql } from "drizzle-orm";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { activationRuns } from "../db/schema.ts";
import { log } from "../log.ts";
import type { Run } from "./queries.ts";

/** Users in one batch and one transaction: short enough that whoever is in it hardly waits (docs/performance.md). */
export const batchSize = config.PEOPLE_PER_BATCH;

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
