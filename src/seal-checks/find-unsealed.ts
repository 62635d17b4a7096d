import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import { settled } from "../event-stream/cursor.ts";
import type { Finding } from "./finding.ts";

const size = 20_000;

/**
 * Events without a seal that sealing has passed by: nobody wrote them when they say they were written; among so many events
 * after one. Says how many are merely too young, and where the next batch begins, if there is one. A place ahead of
 * every transaction belongs to another cluster: everything is walked anew there.
 */
export async function findUnsealed(
  reader: Reader,
  after: string,
): Promise<{ found: Finding[]; waiting: number; last?: string }> {
  const rows = await reader.execute<{ id: string | null; last: string | null; passed: boolean }>(sql`
    with batch as (select id, transaction from events where id > ${after}::bigint order by id limit ${size}),
    place as (select transaction, event_id from event_cursors where name = 'seals' and transaction <= ${settled})
    select null as id, max(id)::text as last, false as passed from batch
    union all
    select b.id::text, null, coalesce((select (b.transaction, b.id) <= (p.transaction, p.event_id) from place p), false)
    from batch b where not exists (select from seals s where s.event_id = b.id)`);
  const unsealed = rows.filter((row) => row.id !== null);
  return {
    found: unsealed.filter(({ passed }) => passed).map(({ id }) => ({ kind: "unsealed", eventId: id!, words: putIn })),
    waiting: unsealed.filter(({ passed }) => !passed).length,
    last: rows.find((row) => row.id === null)?.last ?? undefined,
  };
}

const putIn = "It has no seal, and stands before the last that was sealed: it was put in, or its seal was taken away.";
