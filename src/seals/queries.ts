import { sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import { settled } from "../event-stream/cursor.ts";
import type { Head, Place } from "./head.ts";

/** The last seal and the last head, as one moment shows them; undefined where there is none yet. */
export async function endOfChain(reader: Reader): Promise<{ seal?: Place; head?: Head }> {
  const [row] = await reader.execute<{ seal: Place | null; head: Head | null }>(sql`
    select (select json_build_object('position', position, 'hash', hash) from seals order by position desc limit 1) as seal,
      (select json_build_object('position', position, 'hash', hash, 'keyId', key_id, 'mac', mac)
        from seal_heads order by position desc limit 1) as head`);
  return { seal: row?.seal ?? undefined, head: row?.head ?? undefined };
}

/** Where sealing stands: the last position and when, how many events wait (at most 10,001), and the age of the oldest in seconds. */
export interface SealLag {
  position: number;
  sealedAt: Date | null;
  waiting: number;
  seconds: number;
}

/**
 * How far the log is sealed, in one look that costs the same however long it is; of one account, or of all. Above 60 s
 * whoever runs the installation should be told.
 */
export async function sealLag(accountId?: string): Promise<SealLag> {
  const own = accountId ? sql`and e.account_id = ${accountId}` : sql``;
  const [row] = await db.execute<{ position: string; sealedAt: string | null; waiting: number; seconds: number }>(sql`
    with place as (
      select coalesce(max(transaction) filter (where transaction <= ${settled}), 0) as transaction,
        coalesce(max(event_id) filter (where transaction <= ${settled}), 0) as id
      from event_cursors where name = 'seals'),
    waiting as (
      select e.at from events e, place p where (e.transaction, e.id) > (p.transaction, p.id) ${own}
      order by e.transaction, e.id limit 10001)
    select coalesce(s.position, 0)::text as position, s.sealed_at as "sealedAt", w.count::int as waiting,
      greatest(w.seconds, 0)::float8 as seconds
    from (select count(*) as count, coalesce(extract(epoch from now() - min(at)), 0) as seconds from waiting) w
    left join lateral (select position, sealed_at from seals order by position desc limit 1) s on true`);
  const { position, sealedAt, waiting, seconds } = row!;
  return { position: Number(position), sealedAt: sealedAt ? new Date(sealedAt) : null, waiting, seconds };
}

export interface EventSeal {
  position: number;
  hash: string;
  /** When personal words of the event were erased. */
  redactedAt: Date | null;
}

/** The places of these events in the chain, by the event's id; what is not sealed yet is not in it. */
export async function sealsOf(eventIds: number[]): Promise<Map<number, EventSeal>> {
  if (eventIds.length === 0) return new Map();
  const rows = await db.execute<{ id: string; position: string; hash: string; redacted: string | null }>(sql`
    select s.event_id::text as id, s.position::text, s.hash, r.redacted_at as redacted
    from seals s left join redactions r on r.event_id = s.event_id
    where s.event_id = any(${sql.param(eventIds)}::bigint[])`);
  return new Map(
    rows.map(({ id, position, hash, redacted }) => [
      Number(id),
      { position: Number(position), hash, redactedAt: redacted ? new Date(redacted) : null },
    ]),
  );
}
