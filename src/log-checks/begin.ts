import { isNull } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import { logChecks } from "../db/schema.ts";
import { enqueue } from "../queue.ts";

/** Has the worker walk along the whole chain of the audit log. One that is under way goes on, and no other begins. */
export function beginCheck(): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.insert(logChecks).values({}).onConflictDoNothing();
    const [check] = await tx.select({ id: logChecks.id }).from(logChecks).where(isNull(logChecks.finishedAt));
    if (check) await enqueueSlice(tx, check.id);
  });
}

/** Queues the next slice of a walk: behind all other jobs, and only once. */
export const enqueueSlice = (tx: Tx, checkId: string, runAt?: Date): Promise<void> =>
  enqueue(tx, "verify_slice", { checkId }, { key: `verify_slice:${checkId}`, priority: 10, runAt });
