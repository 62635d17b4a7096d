import { sql } from "drizzle-orm";
import { type Actor, withinScopes } from "../access/actor.ts";
import { actorOf, type Row as VisitorRow, visitorOf, visitorRow } from "../access/load-actor.ts";
import type { Permission } from "../access/permissions.ts";
import { hashOf, isSecret } from "../access/secrets.ts";
import { type Compiled, compile, run } from "../db/client.ts";

/** The client behind a token: known also where the token is refused, so that its log says so. */
export interface Client {
  id: string;
  accountId: string;
  name: string;
}

/** A program that calls: its client, what its token is for, and its maker as they are now. */
export interface Caller {
  client: Client;
  scopes: ReadonlySet<Permission>;
  /** Everything that the maker may do here now, whatever the scopes. */
  maker: Actor;
}

/** Why a token is refused: it is none of ours, over, its maker has no place in the account any more, or nobody works there now. */
export type Refused = { client?: Client; why: "unknown" | "over" | "maker" | "suspended" | "factor" };

interface Found {
  account_id: string;
  client_id: string;
  name: string;
  scopes: Permission[];
  client_scopes: Permission[];
  over: boolean;
  visitor: string | null;
}

let text: string | undefined;

/** The statement's text is put together once. */
function statementFor(hash: string): Compiled {
  text ??= compile(sql`
    select t.account_id, t.client_id, c.name, t.scopes, c.scopes as client_scopes,
      (t.expires_at <= now() or t.ended_at is not null or c.ended_at is not null) as over,
      row_to_json(v)::text as visitor
    from api_tokens t
    join api_clients c on c.account_id = t.account_id and c.id = t.client_id
    left join lateral (${visitorRow(sql`c.created_by`, sql`c.account_id`)}) v on true
    where t.hash = ${hash} and t.kind = 'access'`).sql;
  return { sql: text, params: [hash] };
}

/** Whom an access token stands for, in one statement. Rights are the maker's of this moment: who was blocked, or lost a role, has lost it here too (D13, T38). */
export async function findCaller(token: string, request: { id: string; ip?: string }): Promise<Caller | Refused> {
  if (!isSecret("access", token)) return { why: "unknown" };
  const [found] = await run<Found>(statementFor(hashOf(token)));
  if (!found) return { why: "unknown" };

  const client = { id: found.client_id, accountId: found.account_id, name: found.name };
  if (found.over) return { client, why: "over" };
  const visitor = found.visitor ? visitorOf(JSON.parse(found.visitor) as VisitorRow) : undefined;
  if (visitor?.account?.id === client.accountId && visitor.account.suspended) return { client, why: "suspended" };
  // A token is no way around what its maker would be asked for (T107).
  if (visitor?.account?.id === client.accountId && visitor.account.factorWanted?.due) return { client, why: "factor" };
  // Without a place in this account the row names another one of theirs.
  const actor = visitor?.account?.id === client.accountId ? actorOf(visitor, request) : undefined;
  if (!actor) return { client, why: "maker" };
  const ofClient = new Set(found.client_scopes);
  return { client, maker: actor, scopes: new Set(found.scopes.filter((scope) => ofClient.has(scope))) };
}

/** Who acts: the maker with those of their rights that the token is for, under both names in the log. */
export function actorFor({ client, scopes, maker }: Caller): Actor {
  const label = `${maker.label} (via ${client.name})`;
  return withinScopes({ ...maker, label, timeZone: "UTC", clientId: client.id }, scopes);
}
