import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, not, sql } from "drizzle-orm";
import { isSuspended } from "../access/suspended.ts";
import { db } from "../db/client.ts";
import { isContended, isDuplicate } from "../db/errors.ts";
import { imports } from "../db/schema.ts";
import { applyBatch } from "../import-batches/apply.ts";
import { Changed, Halt, type Import } from "../import-batches/step.ts";
import { lookAgain } from "../runs/advance.ts";
import { finishImport, refuseIfDemoted, stopImport } from "./finish.ts";
import { enqueueRun } from "./start.ts";

/** Milliseconds after which an import goes to the end of the queue: whoever else waits for a worker comes first (T92). */
const slice = 2000;

/**
 * Applies an import, batch after batch, until it is over, its turn is over, or this worker is told to end: then it goes back to
 * the queue (R18). Each batch is a transaction of its own that moves it on, so it can be killed anywhere and taken up by anyone.
 * Taking it up raises its number: who worked on it before, and is not dead after all, changes nothing any more (R3).
 */
export async function runImport(importId: string, stop?: AbortSignal): Promise<void> {
  let run = await takeUp(importId);
  if (run?.cursor === 0 && (await refuseIfDemoted(run))) return;
  const since = Date.now();
  while (run) {
    if (stop?.aborted || Date.now() - since > slice) return giveBack(run);
    const next = await oneBatch(run);
    if (next === "over") return finishImport(run);
    if (next) await lookAgain(run, next);
    run = next;
  }
}

async function takeUp(importId: string): Promise<Import | undefined> {
  const [run] = await db
    .update(imports)
    .set({ generation: sql`${imports.generation} + 1` })
    .where(and(eq(imports.id, importId), eq(imports.status, "running"), not(isSuspended(sql`${imports.accountId}`))))
    .returning();
  return run;
}

/** The import after its next batch; "over" when there is none; undefined where it is not ours to go on with. */
async function oneBatch(run: Import): Promise<Import | "over" | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction((tx) => applyBatch(tx, run));
    } catch (error) {
      if (error instanceof Halt) return void (error.reason && (await stopImport(run.id, error.reason, run.generation)));
      // Somebody holds one of these people a little longer than we wait, or came in at this very moment.
      if (!(isContended(error) || isDuplicate(error) || error instanceof Changed) || tries === 5) throw error;
      await sleep(100 * 2 ** tries * Math.random());
    }
  }
}

const giveBack = (run: Import) => db.transaction((tx) => enqueueRun(tx, run.id));
