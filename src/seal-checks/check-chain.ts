import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import { type EventText, eventOf, eventText } from "../seals/canonical.ts";
import { checkHead, type Head, type Key, type Place } from "../seals/head.ts";
import { checkLink, type Link } from "./check-link.ts";
import type { Finding } from "./finding.ts";

/** How far a chain was walked, and what was seen on the way. */
export interface Walked extends Place {
  events: number;
  heads: number;
  unknownHeads: number;
}

/**
 * Walks so many links on, towards an end, and moves `walked` along. Returns what does not fit, and whether there is more to
 * walk. It only reads, and holds one batch.
 */
export async function checkChain(
  reader: Reader,
  walked: Walked,
  end: number,
  { keys, size }: { keys: Key[]; size: number },
): Promise<{ found: Finding[]; more: boolean }> {
  const links = await linksAfter(reader, walked.position, end, size);
  const heads = await headsAmong(reader, walked.position, links.at(-1)?.position ?? end);
  const found: Finding[] = [];
  for (const link of links) {
    const next = walked.position + 1;
    const gap = link.position !== next;
    if (gap) found.push(gapOf(next, link.position - 1));
    found.push(...checkLink(link, gap ? undefined : walked.hash));
    found.push(...checkHeadAt(link, heads.get(link.position), keys, walked));
    heads.delete(link.position);
    Object.assign(walked, { position: link.position, hash: link.hash, events: walked.events + 1 });
  }
  for (const position of heads.keys())
    found.push({ kind: "missing", position, words: "A head was here, and its seal is gone." });
  return { found, more: links.length > 0 && walked.position < end };
}

function gapOf(from: number, to: number): Finding {
  const places = from === to ? "The seal" : `The seals up to position ${to}`;
  return { kind: "gap", position: from, words: `${places} are missing.`.replace("seal are", "seal is") };
}

async function linksAfter(reader: Reader, after: number, until: number, size: number): Promise<Link[]> {
  type Row = EventText & {
    position: string;
    sealed_id: string;
    salt: string;
    content: string;
    hash: string;
    redacted: string;
  };
  const rows = await reader.execute<Row>(sql`
    select s.position::text, s.event_id::text as sealed_id, s.salt, s.content, s.hash, r.content as redacted, ${eventText}
    from seals s left join events e on e.id = s.event_id left join redactions r on r.event_id = s.event_id
    where s.position > ${after} and s.position <= ${until} order by s.position limit ${size}`);
  return rows.map(({ position, sealed_id, salt, content, hash, redacted, ...event }) => ({
    ...{ position: Number(position), eventId: sealed_id, salt, content, hash, redacted },
    event: event.id === null ? null : eventOf(event),
  }));
}

async function headsAmong(reader: Reader, after: number, until: number): Promise<Map<number, Head>> {
  const rows = await reader.execute<Omit<Head, "position"> & { position: string }>(sql`
    select position::text, hash, key_id as "keyId", mac from seal_heads where position > ${after} and position <= ${until}`);
  return new Map(rows.map((row) => [Number(row.position), { ...row, position: Number(row.position) }]));
}

function* checkHeadAt(link: Link, head: Head | undefined, keys: Key[], walked: Walked): Generator<Finding> {
  if (!head) return;
  walked.heads++;
  const { position, eventId } = link;
  if (head.hash !== link.hash)
    yield {
      ...{ kind: "head", eventId, position },
      words:
        "The chain was hashed anew: here it is not the one that was authenticated. What was changed lies after the last head before this one.",
    };
  const found = checkHead(head, keys);
  if (found === "forged") yield { kind: "head", eventId, position, words: "This head was not made with our key." };
  if (found === "unknown") walked.unknownHeads++;
}

/** The very end, as one moment shows it: the last seal has a head, and there is none beyond it. */
export function* checkEnd(end: Place | undefined, head: Head | undefined, keys: Key[]): Generator<Finding> {
  if (head && (end?.position ?? 0) < head.position)
    yield {
      kind: "cut",
      position: head.position,
      words: `The end is cut off: there is nothing after ${end?.position ?? 0}.`,
    };
  else if (end && end.position !== head?.position)
    yield {
      kind: "cut",
      position: end.position,
      words: "The last seal has no head: the end was cut off, or put there by somebody else.",
    };
  else if (head && checkHead(head, keys) === "unknown")
    yield {
      kind: "head",
      position: head.position,
      words: `The key “${head.keyId}” of the last head is not among ENCRYPTION_KEYS.`,
    };
}
