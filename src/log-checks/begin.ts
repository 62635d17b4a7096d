import { isNull, type SQLWrapper, sql } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import { logChecks } from "../db/schema.ts";
import { enqueue } from "../queue.ts";

/**
 * Has the worker walk along the whole chain of the audit log. One that is under way goes on, and no other begins: nor a second
 * slice of it beside the one that a worker has in hand, which would only be walked for nothing. One whose job the queue has
 * given up is taken up again.
 */
export function beginCheck(): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.insert(logChecks).values({}).onConflictDoNothing();
    const [check] = await tx
      .select({ id: logChecks.id, walks: sql<boolean>`${hasJob(logChecks.id)}` })
      .from(logChecks)
      .where(isNull(logChecks.finishedAt));
    if (check && !check.walks) await enqueueSlice(tx, check.id);
  });
}

const hasJob = (checkId: SQLWrapper) => sql`exists (
  select from graphile_worker._private_jobs j
  where j.payload ->> 'checkId' = ${checkId}::text and j.attempts < j.max_attempts)`;

/** Queues the next slice of a walk: behind all other jobs, and only once. */
export const enqueueSlice = (tx: Tx, checkId: string, after?: number): Promise<void> =>
  enqueue(tx, "verify_slice", { checkId }, { key: `verify_slice:${checkId}`, priority: 10, after });
