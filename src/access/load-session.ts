import { sql } from "drizzle-orm";
import { compile, run } from "../db/client.ts";
import { type Row, type Visitor, visitorOf, visitorRow } from "./load-actor.ts";

let text: string | undefined;

/** The statement for the session that `$1` names: its text is always the same. */
const statementFor = (sid: string) => {
  text ??= compile(sql`
    select s.sess, v.* from sessions s
    left join lateral (${visitorRow(sql`s.user_id`, sql`(s.sess ->> 'accountId')::uuid`)}) v on true
    where s.sid = ${sid} and s.expire >= now()`).sql;
  return { sql: text, params: [sid] };
};

/** A live session and the visitor it belongs to (undefined for nobody), in one statement: half the round trips of a page. */
export async function loadSession(sid: string): Promise<{ sess: object; visitor?: Visitor } | undefined> {
  const [row] = await run<Row & { sess: object | string }>(statementFor(sid));
  if (!row) return undefined;
  const sess = typeof row.sess === "string" ? (JSON.parse(row.sess) as object) : row.sess;
  return { sess, visitor: row.user_id ? visitorOf(row) : undefined };
}
