import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import { noHash } from "../seals/canonical.ts";
import type { Key, Place } from "../seals/head.ts";
import { endOfChain } from "../seals/queries.ts";
import { checkChain, checkEnd } from "./check-chain.ts";
import { checkErasure, erasures, findStrangers } from "./check-erasures.ts";
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
  for (let more = end !== undefined; end && more; ) {
    const batch = await checkChain(reader, checked, end.position, { keys, size });
    yield* batch.found;
    more = batch.more;
    progress?.(checked.position, end.position);
  }
  yield* checkEnd(end, head, keys);
  if (expected) yield* checkExpected(reader, expected);
  for (const erasure of await erasures(reader)) {
    const { count, found } = await checkErasure(reader, erasure);
    checked.redacted.set(erasure.id, count);
    yield* found;
  }
  yield* await findStrangers(reader);
  for (let after: string | undefined = "0"; after; ) {
    const batch = await findUnsealed(reader, after);
    yield* batch.found;
    checked.waiting += batch.waiting;
    after = batch.last;
  }
  return checked;
}

/** An end that was written down is still there. */
export async function* checkExpected(reader: Reader, { position, hash }: Place): AsyncGenerator<Finding> {
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
