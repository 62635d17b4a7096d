import { sql } from "drizzle-orm";
import { type Compiled, compile, run } from "../db/client.ts";
import { type Row, type Visitor, visitorOf, visitorRow } from "./load-actor.ts";

/** A statement of one row that travelled with the one for the session, and what came back. */
export interface Foreseen {
  statement: Compiled;
  row: unknown;
}

interface Found {
  sess: object | string | null;
  session_used: number | null;
  visitor: string | null;
  /** Seconds that the database took, where something came along. */
  took?: number;
}

let session: string | undefined;
const texts = new Map<string, string>();

/** The statement for the session that `$1` names: its text is always the same. */
function statementFor(sid: string, along: Compiled | undefined): Compiled {
  session ??= compile(sql`
    select s.sess, extract(epoch from s.used_at)::float8 as session_used, row_to_json(v)::text as visitor from sessions s
    left join lateral (${visitorRow(sql`s.user_id`, sql`(s.sess ->> 'accountId')::uuid`)}) v on true
    where s.sid = ${sid} and s.expire >= now()`).sql;
  if (!along) return { sql: session, params: [sid] };
  let text = texts.get(along.sql);
  if (!text) {
    const shifted = along.sql.replace(/\$(\d+)/g, (_, n) => `$${Number(n) + 1}`);
    text = `select s.*, p.*, extract(epoch from clock_timestamp() - statement_timestamp())::float8 as took from (${shifted}) p left join (${session}) s on true`;
    if (texts.size < 100) texts.set(along.sql, text);
  }
  return { sql: text, params: [sid, ...along.params] };
}

/** Seconds up to which a statement is quick. */
const quickTime = 0.005;

/** Statements that took longer the last time: nobody is to stand in line behind them. */
const slow = new WeakSet<Compiled>();

const visitors = new Map<string, Visitor>();

/** Whoever the same text describes is the same visitor with the same rights. The text itself is read by each request (T38). */
function visitorFrom(written: string): Visitor {
  const known = visitors.get(written);
  if (known) return known;
  const visitor = { ...visitorOf(JSON.parse(written) as Row), written };
  if (visitors.size >= 200) visitors.clear();
  // Somebody with rights on hundreds of mailboxes would fill the memory.
  if (written.length < 10_000) visitors.set(written, visitor);
  return visitor;
}

/**
 * A live session, when it was used last (in milliseconds), and the visitor it belongs to (undefined for nobody), in one
 * statement: half the round trips of a page.
 * What the page asked the last time can come along (`along`, a statement of one row): then there is one. Its answer is for
 * whoever asks the same, once their rights are known.
 */
export async function loadSession(
  sid: string,
  along?: Compiled,
): Promise<{ sess: object; usedAt: number; visitor?: Visitor; foreseen?: Foreseen } | undefined> {
  const [row] = await run<Found>(statementFor(sid, along), { quick: !along || !slow.has(along) });
  if (along && row) slow[Number(row.took) > quickTime ? "add" : "delete"](along);
  if (!row?.sess) return undefined;
  const sess = typeof row.sess === "string" ? (JSON.parse(row.sess) as object) : row.sess;
  return {
    sess,
    usedAt: Number(row.session_used) * 1000,
    visitor: row.visitor ? visitorFrom(row.visitor) : undefined,
    foreseen: along && { statement: along, row },
  };
}

/** Whether both ask the same of the same values. */
export const isSame = (one: Compiled | undefined, other: Compiled): boolean =>
  one?.sql === other.sql && one.params.every((value, at) => value === other.params[at]);

/** The answer that came with the session if it is this statement's, else the answer now. */
export async function foreseenOr<T>(foreseen: Foreseen | undefined, statement: Compiled, ask: () => Promise<T[]>) {
  return isSame(foreseen?.statement, statement) ? (foreseen!.row as T) : (await ask())[0]!;
}
