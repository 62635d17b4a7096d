import { sql } from "drizzle-orm";
import type { Permission } from "../access/permissions.ts";
import { makeSecret } from "../access/secrets.ts";
import { config } from "../config.ts";
import { type Database, db } from "../db/client.ts";
import { apiTokens } from "../db/schema.ts";
import type { ProvenClient } from "./client.ts";
import { OAuthError } from "./errors.ts";

/** What the token endpoint answers (RFC 6749, section 5.1). */
export interface Tokens {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  scope: string;
  refresh_token?: string;
}

/** The scopes asked for: all that may be had where none are named; one that may not be had refuses the request. */
export function narrowed(scope: string | undefined, allowed: Permission[]): Permission[] {
  const asked = (scope ?? "").split(" ").filter(Boolean);
  if (asked.length === 0) return allowed;
  const missing = asked.find((each) => !(allowed as string[]).includes(each));
  if (missing) throw new OAuthError("invalid_scope", "At least one scope is unknown, or not of this client.");
  return allowed.filter((each) => asked.includes(each));
}

/** Makes an access token. Only its hash is kept; `familyId` is the line of the refresh token that it came by. */
export async function issueAccess(
  client: ProvenClient,
  scopes: Permission[],
  on: Pick<Database, "insert"> = db,
  familyId?: string,
): Promise<Tokens> {
  const { secret, hash, hint } = makeSecret("access");
  await on.insert(apiTokens).values({
    ...{ accountId: client.accountId, clientId: client.id, kind: "access", hash, hint, scopes, familyId },
    createdBy: client.createdBy,
    createdAt: sql`clock_timestamp()`,
    expiresAt: sql`now() + make_interval(mins => ${config.ACCESS_TOKEN_MINUTES}::int)`,
  });
  const expires_in = config.ACCESS_TOKEN_MINUTES * 60;
  return { access_token: secret, token_type: "Bearer", expires_in, scope: scopes.join(" ") };
}
