import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import type { Finding } from "./finding.ts";

const size = 5_000;

export interface Erasure extends Record<string, unknown> {
  id: string;
  events: number | null;
  digest: string | null;
  /** What a later erasure redacted again: event, the erasure that had done it before, and the content since that one. */
  again: Taken[] | null;
}

type Taken = [eventId: number, erasureId: number, content: string];

/** All of them, the oldest first; each knows what later ones took over of it. */
export async function erasures(reader: Reader): Promise<(Erasure & { earlier: Taken[] })[]> {
  const all = await reader.execute<Erasure>(sql`
    select id::text, (after ->> 'events')::int as events, after ->> 'digest' as digest, after -> 'again' as again
    from events where account_id is null and name = 'user.erased' order by id`);
  const taken = Map.groupBy(
    all.flatMap(({ again }) => again ?? []),
    ([, id]) => String(id),
  );
  return all.map((erasure) => ({ ...erasure, earlier: taken.get(erasure.id) ?? [] }));
}

/**
 * Each erasure says in its own event, which is sealed, how many events it redacted and a digest over what they hash to
 * since: so no redaction can be made up, changed or taken away afterwards. Returns how many there are. One that does not fit is looked at
 * once more: a later erasure may have taken redactions over in between.
 */
export async function checkErasure(
  reader: Reader,
  erasure: Erasure & { earlier: Taken[] },
  again = true,
): Promise<{ count: number; found: Finding[] }> {
  const { count, digest } = await digestOf(reader, erasure.id, erasure.earlier);
  if (count === erasure.events && digest === erasure.digest) return { count, found: [] };
  const now = again && (await erasures(reader)).find(({ id }) => id === erasure.id);
  if (now) return checkErasure(reader, now, false);
  const words = `The redactions of this erasure are not those that it made (${count}, it says ${erasure.events}).`;
  return { count, found: [{ kind: "redaction", eventId: erasure.id, words }] };
}

/** Redactions that no erasure made; a thousand at most. */
export async function findStrangers(reader: Reader): Promise<Finding[]> {
  const strangers = await reader.execute<{ id: string }>(sql`
    select r.event_id::text as id from redactions r
    where not exists (select from events e where e.id = r.erasure_id and e.name = 'user.erased' and e.account_id is null)
    limit 1000`);
  const words = "It was redacted, and no erasure says so.";
  return strangers.map(({ id }) => ({ kind: "redaction", eventId: id, words }));
}

/** Its redactions in the order of their events, those that a later erasure took over among them; a batch at a time. */
async function digestOf(reader: Reader, erasureId: string, earlier: Taken[]) {
  const sum = createHash("sha256");
  const rest = earlier.map(([id, , content]) => ({ id, content })).sort((a, b) => a.id - b.id);
  let count = 0;
  const add = ({ id, content }: { id: number; content: string }) => {
    sum.update(`${id}:${content}\n`);
    count++;
  };
  for (let after = 0; ; ) {
    const rows = await reader.execute<{ id: string; content: string }>(sql`
      select event_id::text as id, content from redactions
      where erasure_id = ${erasureId}::bigint and event_id > ${after} order by event_id limit ${size}`);
    for (const row of rows.map(({ id, content }) => ({ id: Number(id), content }))) {
      while (rest[0] && rest[0].id < row.id) add(rest.shift()!);
      add(row);
      after = row.id;
    }
    if (rows.length < size) break;
  }
  for (const last of rest) add(last);
  return { count, digest: sum.digest("hex") };
}
