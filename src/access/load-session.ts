import { sql } from "drizzle-orm";
import { compile, run } from "../db/client.ts";
import { type Row, type Visitor, visitorOf, visitorRow } from "./load-actor.ts";

let text: string | undefined;

/** The statement for the session that `$1` names: its text is always the same. */
const statementFor = (sid: string) => {
  text ??= compile(sql`
    select s.sess, row_to_json(v)::text as visitor from sessions s
    left join lateral (${visitorRow(sql`s.user_id`, sql`(s.sess ->> 'accountId')::uuid`)}) v on true
    where s.sid = ${sid} and s.expire >= now()`).sql;
  return { sql: text, params: [sid] };
};

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

/** A live session and the visitor it belongs to (undefined for nobody), in one statement: half the round trips of a page. */
export async function loadSession(sid: string): Promise<{ sess: object; visitor?: Visitor } | undefined> {
  const [row] = await run<{ sess: object | string; visitor: string | null }>(statementFor(sid));
  if (!row) return undefined;
  const sess = typeof row.sess === "string" ? (JSON.parse(row.sess) as object) : row.sess;
  return { sess, visitor: row.visitor ? visitorFrom(row.visitor) : undefined };
}
