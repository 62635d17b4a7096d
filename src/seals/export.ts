import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { findAccount } from "../accounts/queries.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { canonical, type EventText, eventText, noHash } from "./canonical.ts";
import { type Place, signFile } from "./head.ts";
import { endOfChain } from "./queries.ts";

const size = 2_000;

/**
 * The account's sealed events as NDJSON with the proof (docs/audit-log.md has the lines): each with its salt and place, and
 * of everybody else's between them nothing but what they hash to. Whoever has the file recomputes the chain from the first
 * to the head. That it was taken out is in the log before its first byte leaves; so many an hour as reports.
 */
export async function exportSealed(actor: Actor): Promise<AsyncIterable<string>> {
  await assertWithin([{ key: `sealed-export:${actor.userId}`, points: config.REPORTS_PER_HOUR, seconds: 3600 }]);
  const subject = { type: "log" as const, id: "audit", label: "audit" };
  await db.transaction((tx) => recordEvent(tx, actor, "log.exported", subject, { after: { kind: "ndjson" } }));
  return sealedFile(await header(actor), lines(actor.accountId, await startOf(actor.accountId)));
}

const header = async (actor: Actor) => {
  const { id, name } = (await findAccount(actor.accountId))!;
  return { muster: "audit-log", version: 1, account: { id, name }, exported_at: new Date().toISOString() };
};

/** The place before the account's first event, and the end of the chain. */
async function startOf(accountId: string): Promise<{ before: Place; end: Place }> {
  const { seal: end = { position: 0, hash: noHash } } = await endOfChain(db);
  const [first] = await db.execute<{ position: string; hash: string | null }>(sql`
    with first as (
      select coalesce(min(s.position), ${end.position + 1}) - 1 as position
      from events e join seals s on s.event_id = e.id where e.account_id = ${accountId} and s.position <= ${end.position})
    select f.position::text, s.hash from first f left join seals s on s.position = f.position`);
  return { before: { position: Number(first!.position), hash: first!.hash ?? noHash }, end };
}

type Row = EventText & {
  position: string;
  salt: string | null;
  content: string;
  hash: string;
  redacted: string | null;
};

/** The lines between the header and the seal of the file. */
async function* lines(accountId: string, { before, end }: { before: Place; end: Place }): AsyncGenerator<string[]> {
  yield [JSON.stringify({ start: before })];
  let events = 0;
  for (let at = before.position; at < end.position; ) {
    const rows = await db.execute<Row>(sql`
      select s.position::text, s.salt, s.content, s.hash, r.content as redacted, ${eventText}
      from seals s
      left join events e on e.id = s.event_id and e.account_id = ${accountId}
      left join redactions r on r.event_id = e.id
      where s.position > ${at} and s.position <= ${end.position} order by s.position limit ${size}`);
    if (rows.length === 0) break;
    at = Number(rows.at(-1)!.position);
    events += rows.filter(({ id }) => id !== null).length;
    yield linesOf(rows);
  }
  yield [JSON.stringify({ head: end, events })];
}

function linesOf(rows: Row[]): string[] {
  const out: string[] = [];
  let others: string[] = [];
  const flush = () => {
    if (others.length > 0) out.push(JSON.stringify({ others }));
    others = [];
  };
  for (const row of rows) {
    if (row.id === null) {
      others.push(row.content);
      continue;
    }
    flush();
    const { position, salt, content, hash, redacted } = row;
    const proof = { position: Number(position), salt, content, hash, ...(redacted === null ? {} : { redacted }) };
    out.push(`{"event":${canonical(row)},"proof":${JSON.stringify(proof)}}`);
  }
  flush();
  return out;
}

/** Adds the header, and at the end what tells whoever has the keys that the whole file is as it left. */
async function* sealedFile(first: object, rest: AsyncIterable<string[]>): AsyncGenerator<string> {
  const sum = createHash("sha256");
  const told = (text: string) => {
    sum.update(text);
    return text;
  };
  yield told(`${JSON.stringify(first)}\n`);
  for await (const each of rest) yield told(each.map((line) => `${line}\n`).join(""));
  yield `${JSON.stringify({ file: signFile(sum.digest("hex"), config.ENCRYPTION_KEYS) })}\n`;
}
