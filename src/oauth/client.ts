import { timingSafeEqual } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Request } from "express";
import { memberCounts } from "../access/counts.ts";
import type { Permission } from "../access/permissions.ts";
import { hashOf, isSecret } from "../access/secrets.ts";
import { isSuspended } from "../access/suspended.ts";
import { run } from "../db/client.ts";
import { invalidClient, OAuthError } from "./errors.ts";

/** A client that has proven itself. */
export interface ProvenClient {
  id: string;
  accountId: string;
  name: string;
  scopes: Permission[];
  createdBy: string;
}

interface Found extends Record<string, unknown> {
  id: string;
  account_id: string;
  name: string;
  scopes: Permission[];
  created_by: string;
  secret_hash: string;
  old_secret_hash: string | null;
  maker: boolean;
  suspended: boolean;
}

/** The parameters of a posted form; one that comes twice is refused (RFC 6749, section 3.2). */
export function readParameters(req: Request): Record<string, string> {
  if (!req.is("application/x-www-form-urlencoded"))
    throw new OAuthError("invalid_request", "Send the parameters as application/x-www-form-urlencoded.");
  const given = Object.entries((req.body ?? {}) as Record<string, unknown>);
  const twice = given.find(([, value]) => typeof value !== "string");
  if (twice) throw new OAuthError("invalid_request", "A parameter came more than once.");
  return Object.fromEntries(given) as Record<string, string>;
}

/** The two parts of `Authorization: Basic`, which are form-encoded before they are joined (RFC 6749, section 2.3.1). */
function basicOf(header: string): { clientId: string; secret: string } {
  const text = Buffer.from(/^Basic +([\w+/=-]+) *$/i.exec(header)?.[1] ?? "", "base64").toString();
  const at = text.indexOf(":");
  try {
    const [clientId, secret] = [text.slice(0, at), text.slice(at + 1)].map((part) =>
      decodeURIComponent(part.replaceAll("+", " ")),
    );
    if (at > 0) return { clientId: clientId!, secret: secret! };
  } catch {
    // Not form-encoded: answered below.
  }
  throw invalidClient();
}

/** Which client asks, by Basic or in the body, never both. Hashes are compared in constant time; the old secret counts until its end. */
export async function provenClient(req: Request, parameters: Record<string, string>): Promise<ProvenClient> {
  const header = req.get("Authorization");
  if (header && parameters.client_secret !== undefined)
    throw new OAuthError("invalid_request", "Use one way of client authentication, not two.");
  const { client_id = "", client_secret = "" } = parameters;
  const { clientId, secret } = header ? basicOf(header) : { clientId: client_id, secret: client_secret };
  if (header && client_id && client_id !== clientId) throw invalidClient();
  if (!/^muster_ci_\w{22}$/.test(clientId) || !isSecret("secret", secret)) throw invalidClient();

  const [found] = await run<Found>(sql`
    select c.id, c.account_id, c.name, c.scopes, c.created_by, c.secret_hash,
      case when c.old_secret_ends_at > now() then c.old_secret_hash end as old_secret_hash,
      exists (select from members m join users u on u.id = m.user_id and u.disabled_at is null
        join accounts a on a.id = m.account_id and a.deleted_at is null
        where m.account_id = c.account_id and m.user_id = c.created_by and ${memberCounts()}) as maker,
      ${isSuspended(sql`c.account_id`)} as suspended
    from api_clients c where c.client_id = ${clientId} and c.ended_at is null`);
  const given = Buffer.from(hashOf(secret));
  const same = (hash: string) => timingSafeEqual(given, Buffer.from(hash));
  if (!found || !(same(found.secret_hash) || same(found.old_secret_hash ?? "-".repeat(64)))) throw invalidClient();
  if (!found.maker)
    throw new OAuthError(
      "unauthorized_client",
      "Whoever made this client has no active place in the account any more.",
    );
  if (found.suspended) throw new OAuthError("unauthorized_client", "The account of this client is suspended.");
  return {
    id: found.id,
    accountId: found.account_id,
    name: found.name,
    scopes: found.scopes,
    createdBy: found.created_by,
  };
}
