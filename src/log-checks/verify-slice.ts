import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, isNull, sql } from "drizzle-orm";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { logChecks } from "../db/schema.ts";
import { log } from "../log.ts";
import { type Finding, lineOf } from "../seal-checks/finding.ts";
import { enqueueSlice } from "./begin.ts";
import { steps } from "./steps.ts";

export type LogCheck = typeof logChecks.$inferSelect;

export interface Pace {
  /** Milliseconds that a slice takes, and that are between two. */
  slice: number;
  pause: number;
  /** Links or events that are looked at in one go. */
  size: number;
}

/** It rests as long as it looks, and between slices: a third of one connection's time, which nobody who works notices. */
const ordinary: Pace = { slice: 20_000, pause: 10_000, size: 2_000 };
/** So many findings are kept in words; all of them are counted. */
const kept = 20;

/**
 * Walks on where the slice before ended, for a while, and writes down how far it came. A slice that ends without a word is
 * walked once more; one that was taken over by another worker writes nothing down.
 */
export async function verifySlice(checkId: string, stop?: AbortSignal, pace = ordinary): Promise<void> {
  const open = and(eq(logChecks.id, checkId), isNull(logChecks.finishedAt));
  const [check] = await db.update(logChecks).set({ slice: sql`slice + 1` }).where(open).returning();
  if (!check) return;
  const began = Date.now();
  const found: Finding[] = [];
  let over = false;
  do {
    const before = performance.now();
    const step = await steps[check.phase](check, { keys: config.ENCRYPTION_KEYS, size: pace.size });
    found.push(...step.found);
    over = step.next === "over";
    if (step.next && step.next !== "over") Object.assign(check, { phase: step.next, cursor: 0 });
    if (!over) await sleep(performance.now() - before, undefined, { signal: stop }).catch(() => {});
  } while (!over && !stop?.aborted && Date.now() - began < pace.slice && found.length < 10_000);
  await write(check, found, over, pace.pause);
}

function write(check: LogCheck, found: Finding[], over: boolean, pause: number): Promise<void> {
  const { id, slice, phase, end, position, hash, cursor } = check;
  const findings = check.findings + found.length;
  const lines = [...check.lines, ...found.slice(0, kept).map(lineOf)].slice(0, kept);
  return db.transaction(async (tx) => {
    const mine = and(eq(logChecks.id, id), eq(logChecks.slice, slice), isNull(logChecks.finishedAt));
    const values = { phase, end, position, hash, cursor, findings, lines };
    const [written] = await tx
      .update(logChecks)
      .set({ ...values, ...(over && { finishedAt: sql`now()` }) })
      .where(mine)
      .returning();
    if (!written) return;
    if (!over) await enqueueSlice(tx, id, pause);
    for (const line of found.slice(0, kept).map(lineOf)) log.error({ finding: line }, "the audit log does not verify");
    if (over) log.info({ head: `${position}:${hash}`, findings }, "the audit log was verified up to here");
  });
}
