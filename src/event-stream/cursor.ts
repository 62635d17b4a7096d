import { type SQL, sql } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import { log } from "../log.ts";

/** Transactions below this one have ended: what they wrote is there, or never will be. Read by each statement for itself. */
export const settled = sql`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

/** How far a follower has come: the event at this place was handed over, and all before it. */
export interface Place {
  transaction: bigint;
  eventId: number;
}

/**
 * Whether there is something to hand over to the follower, as a part of somebody's query. The order makes the planner
 * take the index: by the numbers alone it would read the whole log to find nothing.
 */
export const hasNews = (name: string): SQL<boolean> => sql<boolean>`coalesce((
  select c.transaction > ${settled} or (
    select e.id from events e
    where (e.transaction, e.id) > (c.transaction, c.event_id) and e.transaction < ${settled}
    order by e.transaction, e.id limit 1) is not null
  from event_cursors c where c.name = ${name}), true)`;

/**
 * The follower's place, locked until the transaction ends; undefined while somebody else has it. A new follower begins at
 * the beginning of the log. So does one whose place lies ahead of every transaction: the database was restored into
 * another cluster, where numbers are given out anew, and what was written since would else be passed over.
 */
export async function lockPlace(tx: Tx, name: string): Promise<Place | undefined> {
  await tx.execute(sql`insert into event_cursors (name) values (${name}) on conflict do nothing`);
  const [row] = await tx.execute<{ transaction: string; event_id: string; ahead: boolean }>(sql`
    select transaction::text, event_id::text, transaction > ${settled} as ahead
    from event_cursors where name = ${name} for update skip locked`);
  if (row?.ahead) log.warn({ follower: name }, "the database is another one than before; its log is followed anew");
  return row && (row.ahead ? { transaction: 0n, eventId: 0 } : placeOf(row));
}

const placeOf = (row: { transaction: string; event_id: string }): Place => ({
  transaction: BigInt(row.transaction),
  eventId: Number(row.event_id),
});

/** Moves the follower on; counts with the transaction that did what the events asked for. */
export async function movePlace(tx: Tx, name: string, { transaction, eventId }: Place): Promise<void> {
  await tx.execute(sql`
    update event_cursors set transaction = ${String(transaction)}::bigint, event_id = ${eventId}, moved_at = now()
    where name = ${name}`);
}

/**
 * Passes over everything that is settled, unless somebody wants it by now (`unless`: a query): one look tells both, so
 * whoever comes to want it while this runs is not passed over. Only where it is worth a write.
 */
export async function skipEvents(name: string, unless: SQL): Promise<void> {
  await db.execute(sql`
    update event_cursors set transaction = ${settled}, event_id = 0, moved_at = now()
    where name = ${name} and transaction < ${settled} - 10000 and not exists (${unless})`);
}
