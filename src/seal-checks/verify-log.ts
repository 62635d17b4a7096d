import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import { type EventText, eventOf, eventText, noHash } from "../seals/canonical.ts";
import { checkHead, type Head, type Key, type Place } from "../seals/head.ts";
import { endOfChain } from "../seals/queries.ts";
import { checkErasures } from "./check-erasures.ts";
import { checkLink, type Link } from "./check-link.ts";
import { findUnsealed } from "./find-unsealed.ts";
import type { Checked, Finding } from "./finding.ts";

export interface Verification {
  keys: Key[];
  /** An end that somebody wrote down elsewhere. */
  expected?: Place;
  /** Told after every batch. */
  progress?: (done: number, of: number) => void;
  size?: number;
}

/**
 * Walks the whole chain and yields what does not fit; returns what was looked at. It only reads, holds one batch of the
 * log at a time, and may run while events are written, sealed and redacted: it ends where the chain ended when it began.
 */
export async function* verifyLog(
  reader: Reader,
  { keys, expected, progress, size = 5_000 }: Verification,
): AsyncGenerator<Finding, Checked> {
  const { seal: end, head } = await endOfChain(reader);
  const checked: Checked = {
    ...{ events: 0, position: 0, hash: noHash, waiting: 0, heads: 0, unknownHeads: 0 },
    redacted: new Map(),
  };
  for (let previous: string | undefined = noHash; end && checked.position < end.position; ) {
    const links = await linksAfter(reader, checked.position, end.position, size);
    const heads = await headsAmong(reader, checked.position, links.at(-1)?.position ?? end.position);
    for (const link of links) {
      const next = checked.position + 1;
      if (link.position !== next) yield* gap(next, link.position - 1);
      previous = link.position === next ? previous : undefined;
      yield* checkLink(link, previous);
      yield* checkHeadAt(link, heads.get(link.position), keys, checked);
      heads.delete(link.position);
      previous = link.hash;
      Object.assign(checked, { position: link.position, hash: link.hash, events: checked.events + 1 });
    }
    for (const position of heads.keys())
      yield { kind: "missing", position, words: "A head was here, and its seal is gone." };
    progress?.(checked.position, end.position);
    if (links.length === 0) break;
  }
  yield* checkEnd(end, head, keys);
  if (expected) yield* checkExpected(reader, expected);
  yield* checkErasures(reader, checked.redacted);
  checked.waiting = yield* findUnsealed(reader);
  return checked;
}

function* gap(from: number, to: number): Generator<Finding> {
  const places = from === to ? "The seal" : `The seals up to position ${to}`;
  yield { kind: "gap", position: from, words: `${places} are missing.`.replace("seal are", "seal is") };
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

function* checkHeadAt(link: Link, head: Head | undefined, keys: Key[], checked: Checked): Generator<Finding> {
  if (!head) return;
  checked.heads++;
  const { position, eventId } = link;
  if (head.hash !== link.hash)
    yield {
      ...{ kind: "head", eventId, position },
      words:
        "The chain was hashed anew: here it is not the one that was authenticated. What was changed lies after the last head before this one.",
    };
  const found = checkHead(head, keys);
  if (found === "forged") yield { kind: "head", eventId, position, words: "This head was not made with our key." };
  if (found === "unknown") checked.unknownHeads++;
}

/** The very end: the last seal has a head, and there is none beyond it. */
function* checkEnd(end: Place | undefined, head: Head | undefined, keys: Key[]): Generator<Finding> {
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

async function* checkExpected(reader: Reader, { position, hash }: Place): AsyncGenerator<Finding> {
  const [seal] = await reader.execute<{ hash: string }>(sql`select hash from seals where position = ${position}`);
  if (!seal)
    yield {
      kind: "cut",
      position,
      words: "The log was longer than it is: the head that was written down is not there.",
    };
  else if (seal.hash !== hash)
    yield { kind: "head", position, words: "The head that was written down is another one: the chain was made anew." };
}
