import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, not, sql } from "drizzle-orm";
import { isSuspended } from "../access/suspended.ts";
import { assignBatch, Changed } from "../activations/assign-batch.ts";
import { db } from "../db/client.ts";
import { isContended, isDuplicate } from "../db/errors.ts";
import { activationRuns } from "../db/schema.ts";
import { enqueue } from "../queue.ts";
import { releaseBatch } from "../undoings/release-batch.ts";
import { Halt, lookAgain } from "./advance.ts";
import { finishRun } from "./finish.ts";
import type { Run } from "./queries.ts";

/**
 * Does a run, batch after batch, until it is over, is stopped, or this worker is told to end: then it goes back to the
 * queue. Each batch is a transaction of its own that moves the run on, so it can be killed anywhere and taken up by anyone
 * (R17, R18). Taking it up raises its number: who worked on it before, and is not dead after all, changes nothing any more
 * (R3).
 */
export async function workOn(runId: string, stop?: AbortSignal): Promise<void> {
  let run = await takeUp(runId);
  while (run?.status === "running") {
    if (stop?.aborted) return giveOn(run);
    const next = await oneBatch(run);
    if (next === "over") return finishRun(run);
    if (next) await lookAgain(run, next);
    run = next;
  }
}

async function takeUp(runId: string): Promise<Run | undefined> {
  const [run] = await db
    .update(activationRuns)
    .set({ generation: sql`${activationRuns.generation} + 1` })
    .where(
      and(
        eq(activationRuns.id, runId),
        eq(activationRuns.status, "running"),
        not(isSuspended(sql`${activationRuns.accountId}`)),
      ),
    )
    .returning();
  return run;
}

/** The run after its next batch; "over" when there is none; undefined where it is not ours to go on with. */
async function oneBatch(run: Run): Promise<Run | "over" | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction((tx) =>
        run.kind === "undo" ? releaseBatch(tx, run) : assignBatch(tx, run, tries > 1),
      );
    } catch (error) {
      if (error instanceof Halt) return void (error.reason && (await halt(run, error.reason)));
      // Somebody holds one of these people a little longer than we wait, waits for us in a ring, or gave them a place.
      const again = isContended(error) || error instanceof Changed || (isDuplicate(error) && tries === 1);
      if (!again || tries === 5) throw error;
      await sleep(100 * 2 ** tries * Math.random());
    }
  }
}

/** Stops a run that may not go on as things are: its page says why, and it can be resumed. */
const halt = (run: Run, reason: string) =>
  db
    .update(activationRuns)
    .set({ status: "stopped", error: reason })
    .where(and(eq(activationRuns.id, run.id), eq(activationRuns.status, "running")));

/** R18: this worker ends; the next one goes on from the newest batch. */
const giveOn = (run: Run) =>
  db.transaction((tx) => enqueue(tx, "assign_domain_users", { runId: run.id }, { key: `run:${run.id}` }));

/** R21: the queue has given up on it: that is shown, and somebody can resume it. */
export async function failRun(runId: string): Promise<void> {
  await db
    .update(activationRuns)
    .set({ status: "failed", error: "failed" })
    .where(and(eq(activationRuns.id, runId), eq(activationRuns.status, "running")));
}
