import { randomBytes } from "node:crypto";
import { setImmediate as othersFirst } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { followBatches } from "../event-stream/follow.ts";
import { log } from "../log.ts";
import { contentOf, type EventText, eventText, hashOf, noHash } from "./canonical.ts";
import { checkHead, type Place, signHead } from "./head.ts";
import { endOfChain } from "./queries.ts";

/** Who follows the log to seal it: its place is behind the last event that was sealed. */
export const follower = "seals";
export const batchSize = 2_000;
/** So many events are hashed in one go, some 2 ms: an activation or an import of this worker waits no longer. */
const inOneGo = 250;

/**
 * Not what is in the chain already: after a restore into another cluster the log is walked once more. `limit 1`: looked up for
 * each by itself. Joined, all seals there are would be read from the first, batch after batch.
 */
const unsealed = sql`(select s.event_id from seals s where s.event_id = e.id limit 1) is null`;

/**
 * Gives every event that was committed its place in the chain, in the order of the commits, batch by batch: seals, head and
 * the follower's place are one transaction, so a process that ends anywhere leaves no half of it. One worker of the
 * installation seals at a time. Returns how many events it passed; throws where the chain's end is not the one that was
 * authenticated, for a head that is built on it would hide that.
 */
export const sealEvents = (stop?: AbortSignal): Promise<number> =>
  followBatches(follower, sealBatch, { size: batchSize, stop });

async function sealBatch(tx: Tx, batch: SQL): Promise<void> {
  const rows = await tx.execute<EventText>(sql`
    select ${eventText} from events e where ${batch} and ${unsealed} order by e.transaction, e.id`);
  if (rows.length === 0) return;
  let last = await assertOwnEnd(tx);
  const sealed: (Place & { eventId: string; salt: string; content: string })[] = [];
  const salts = randomBytes(16 * rows.length);
  for (const [n, event] of rows.entries()) {
    if (n % inOneGo === inOneGo - 1) await othersFirst();
    const salt = salts.toString("hex", 16 * n, 16 * (n + 1));
    const content = contentOf(salt, event);
    const position = last.position + 1;
    last = { position, hash: hashOf(last.hash, position, content) };
    sealed.push({ ...last, eventId: event.id!, salt, content });
  }
  const column = (pick: (seal: (typeof sealed)[number]) => unknown) => sql.param(sealed.map(pick));
  await tx.execute(sql`
    insert into seals (position, event_id, salt, content, hash)
    select * from unnest(${column((seal) => seal.position)}::bigint[], ${column((seal) => seal.eventId)}::bigint[],
      ${column((seal) => seal.salt)}::text[], ${column((seal) => seal.content)}::text[],
      ${column((seal) => seal.hash)}::text[])`);
  await writeHead(tx, last);
}

/** One head for each thousand seals stays, and the last one: an end that was cut off is told at each of them, and by nobody else. */
async function writeHead(tx: Tx, last: Place): Promise<void> {
  const { position, hash, keyId, mac } = signHead(last, config.ENCRYPTION_KEYS);
  await tx.execute(sql`
    insert into seal_heads (position, hash, key_id, mac) values (${position}, ${hash}, ${keyId}, ${mac})`);
  await tx.execute(sql`
    delete from seal_heads where position < ${position} and position >= ${position - (position % 1_000)}`);
}

/** The last end that this process built on: where all seals were thrown away to have them made anew, it knows. */
let known: Place | undefined;
let told = 0;

/** Once an hour the end goes to the process's own log, which is kept elsewhere: a witness for `audit:verify -- --head`. */
function remember(place: Place): Place {
  known = place;
  if (Date.now() - told > 3_600_000) {
    told = Date.now();
    log.info({ head: `${place.position}:${place.hash}` }, "the audit log is sealed up to here");
  }
  return place;
}

/** The end of the chain, as we authenticated it. */
async function assertOwnEnd(tx: Tx): Promise<Place> {
  const { seal, head } = await endOfChain(tx);
  const broken = (why: string) => new Error(`The audit log is not sealed on: ${why} Run npm run audit:verify.`);
  if (known) {
    const [at] = await tx.execute<{ hash: string }>(sql`select hash from seals where position = ${known.position}`);
    if (at?.hash !== known.hash) throw broken(`what was sealed at ${known.position} is not there any more.`);
  }
  if (!seal && !head) return { position: 0, hash: noHash };
  if (!seal || !head || seal.position !== head.position || seal.hash !== head.hash)
    throw broken("its last seal is not the one that was authenticated.");
  const found = checkHead(head, config.ENCRYPTION_KEYS);
  if (found === "unknown") throw broken(`the key “${head.keyId}” of its head is not among ENCRYPTION_KEYS.`);
  if (found === "forged") throw broken("its head is not ours.");
  return remember(seal);
}
