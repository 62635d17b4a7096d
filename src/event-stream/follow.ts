import { and, asc, type SQL, sql } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import { events } from "../db/schema.ts";
import { lockPlace, movePlace, type Place, settled } from "./cursor.ts";

export type Followed = typeof events.$inferSelect;

export interface Following {
  /** Only these are handed over; the others are passed by. A condition on the columns of `events`. */
  only?: SQL;
  /** How many events a transaction takes, and how many transactions at most. */
  size?: number;
  batches?: number;
  stop?: AbortSignal;
}

/**
 * Hands the audit log over to `handle`, in batches, in an order in which nothing is passed by: an id is given out when an
 * event is written, and may be seen after a higher one, so only transactions older than the oldest open one are handed
 * over, in the order of their numbers. Each batch and the follower's place move in one transaction: what `handle` does
 * with `tx` happens once for each event, wherever the process ends. One worker of the installation follows at a time;
 * the others return at once. After a restore into another cluster events can come again: whoever cares knows them by id.
 * Ends when there is no more. Returns how many events it passed.
 */
export const followEvents = (
  name: string,
  handle: (tx: Tx, found: Followed[]) => Promise<void>,
  { only, ...following }: Following = {},
): Promise<number> =>
  followBatches(
    name,
    async (tx, batch) => {
      const found = await tx
        .select()
        .from(events)
        .where(and(batch, only))
        .orderBy(asc(events.transaction), asc(events.id));
      if (found.length > 0) await handle(tx, found);
    },
    following,
  );

/** The same for whoever asks for the events themselves: `batch` is the condition on the columns `transaction` and `id` of `events`. */
export async function followBatches(
  name: string,
  handle: (tx: Tx, batch: SQL) => Promise<void>,
  { size = 1000, batches = Number.POSITIVE_INFINITY, stop }: Omit<Following, "only"> = {},
): Promise<number> {
  let passed = 0;
  for (let batch = 0; batch < batches && !stop?.aborted; batch++) {
    const count = await db.transaction((tx) => followBatch(tx, name, handle, size));
    passed += count;
    if (count < size) break;
  }
  return passed;
}

async function followBatch(
  tx: Tx,
  name: string,
  handle: (tx: Tx, batch: SQL) => Promise<void>,
  size: number,
): Promise<number> {
  const from = await lockPlace(tx, name);
  const to = from && (await endOfBatch(tx, from, size));
  if (!to) return 0;
  await handle(
    tx,
    sql`${behind(from)} and (transaction, id) <= (${String(to.transaction)}::bigint, ${to.eventId}::bigint)`,
  );
  await movePlace(tx, name, to);
  return to.count;
}

const behind = ({ transaction, eventId }: Place) =>
  sql`(transaction, id) > (${String(transaction)}::bigint, ${eventId}::bigint)`;

/** The last event of the next batch, and how many it holds. It reads the index alone. */
async function endOfBatch(tx: Tx, from: Place, size: number): Promise<(Place & { count: number }) | undefined> {
  const [last] = await tx.execute<{ transaction: string; id: string; count: number }>(sql`
    select transaction::text, id::text, count from (
      select transaction, id, count(*) over ()::int as count from (
        select transaction, id from events where ${behind(from)} and transaction < ${settled}
        order by transaction, id limit ${size}) batch) counted
    order by counted.transaction desc, counted.id desc limit 1`);
  return last && { transaction: BigInt(last.transaction), eventId: Number(last.id), count: last.count };
}
