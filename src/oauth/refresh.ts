import { and, eq, isNotNull, isNull, ne, sql } from "drizzle-orm";
import { hashOf, isSecret, makeSecret } from "../access/secrets.ts";
import { type Author, recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { apiTokens } from "../db/schema.ts";
import type { ProvenClient } from "./client.ts";
import { endFamily } from "./end.ts";
import { OAuthError } from "./errors.ts";
import { issueAccess, narrowed, type Tokens } from "./issue.ts";

type Token = typeof apiTokens.$inferSelect;

/** How long a replaced token still works, in case the answer was lost on its way. */
const graceSeconds = 30;

const refused = () =>
  new OAuthError("invalid_grant", "The refresh token is unknown, over, was revoked, or was used before.");

/**
 * Gives a refresh token's successor and an access token for it (RFC 6749, section 6). The old one dies with that. Used
 * again within 30 s, while its successor is untouched, it gets another successor in its place; any later it was copied: its
 * whole line ends, for whoever stole it and for whoever did not (RFC 9700, section 4.14), and the log says so. So it does
 * when somebody comes later with a successor that was taken back: then two have had it.
 */
export async function refreshTokens(
  client: ProvenClient,
  given: string,
  scope: string | undefined,
  request: Pick<Author, "requestId" | "ip">,
): Promise<Tokens> {
  if (!isSecret("refresh", given)) throw refused();
  const tokens = await db.transaction(async (tx) => {
    const [found] = await tx
      .select({
        token: apiTokens,
        over: sql<boolean>`${apiTokens.endedAt} is not null or ${apiTokens.expiresAt} <= now()`,
        withdrawn: sql<boolean>`coalesce(${apiTokens.endedAt} <= now() - make_interval(secs => ${graceSeconds}::int), false)
          and exists (select 1 from api_tokens t where t.family_id = ${apiTokens.familyId} and t.kind = 'refresh'
            and t.ended_at is null and t.replaced_at is null and t.expires_at > now())`,
        late: sql<boolean>`${apiTokens.replacedAt} <= now() - make_interval(secs => ${graceSeconds}::int)`,
      })
      .from(apiTokens)
      .where(and(eq(apiTokens.hash, hashOf(given)), eq(apiTokens.kind, "refresh"), eq(apiTokens.clientId, client.id)))
      .for("update");
    if (!found) return undefined;
    const { token } = found;
    const copied = found.over
      ? found.withdrawn
      : token.replacedAt && (found.late || !(await withdrawSuccessor(tx, token)));
    if (copied) await endCopied(tx, client, token, request);
    return copied || found.over ? undefined : succeed(tx, client, token, scope);
  });
  if (!tokens) throw refused();
  return tokens;
}

/** Ends the whole line of a token that somebody has copied, and says so in the log. */
async function endCopied(tx: Tx, client: ProvenClient, token: Token, request: Pick<Author, "requestId" | "ip">) {
  await endFamily(tx, token, null);
  const subject = { type: "token", id: token.familyId ?? token.id, label: token.label || `…${token.hint}` } as const;
  const author = { ...request, userId: null, accountId: client.accountId, label: client.name };
  await recordEvent(tx, author, "token.reused", subject);
}

/** Takes back the successor that nobody has used yet; false when it was, so somebody has both. */
async function withdrawSuccessor(tx: Tx, { id, familyId }: Token): Promise<boolean> {
  const replacedAt = sql`(select t.replaced_at from api_tokens t where t.id = ${id})`;
  const after = and(
    eq(apiTokens.familyId, familyId ?? id),
    ne(apiTokens.id, id),
    sql`${apiTokens.createdAt} >= ${replacedAt}`,
  );
  const used = await tx.$count(apiTokens, and(after, isNotNull(apiTokens.replacedAt)));
  if (used > 0) return false;
  const unused = and(after, isNull(apiTokens.endedAt));
  await tx.update(apiTokens).set({ endedAt: sql`now()` }).where(unused);
  return true;
}

async function succeed(tx: Tx, client: ProvenClient, token: Token, scope: string | undefined): Promise<Tokens> {
  const allowed = token.scopes.filter((each) => client.scopes.includes(each));
  const scopes = narrowed(scope, allowed);
  const familyId = token.familyId ?? token.id;
  const { secret, hash, hint } = makeSecret("refresh");
  const { accountId, clientId, label, createdBy, expiresAt } = token;
  await tx
    .update(apiTokens)
    .set({ replacedAt: sql`coalesce(${apiTokens.replacedAt}, clock_timestamp())`, lastUsedAt: sql`now()` })
    .where(eq(apiTokens.id, token.id));
  await tx.insert(apiTokens).values({
    ...{ accountId, clientId, kind: "refresh", label, hash, hint, familyId, createdBy, expiresAt },
    scopes: token.scopes,
    // Not when this transaction began: that may be before one that it waited for, and then nobody would take it back.
    createdAt: sql`clock_timestamp()`,
  });
  return { ...(await issueAccess(client, scopes, tx, familyId)), refresh_token: secret };
}
