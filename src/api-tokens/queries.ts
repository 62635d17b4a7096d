import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Client } from "../api-clients/queries.ts";
import type { Subject } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { apiClients, apiTokens } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";

export type Token = typeof apiTokens.$inferSelect;

/** A refresh token as pages show it: of a line that was rotated, the present one. Never its value. */
export interface TokenLine extends Token {
  /** By the database's clock. */
  expired: boolean;
  usedAt: Date | null;
}

const columns = {
  token: apiTokens,
  expired: sql<boolean>`${apiTokens.expiresAt} <= now()`,
  // The one before was used when this one was made.
  usedAt: sql<string | null>`coalesce(${apiTokens.lastUsedAt},
    case when ${apiTokens.familyId} <> ${apiTokens.id} then ${apiTokens.createdAt} end)`,
};

const lineOf = ({ token, expired, usedAt }: { token: Token; expired: boolean; usedAt: string | null }): TokenLine => ({
  ...token,
  expired,
  usedAt: usedAt ? new Date(usedAt) : null,
});

/** The refresh tokens of a client, the newest first: those that work, and up to 50 in all. */
export async function tokensOf({ accountId, id }: Pick<Client, "accountId" | "id">): Promise<TokenLine[]> {
  const found = await db
    .select(columns)
    .from(apiTokens)
    .where(
      and(
        eq(apiTokens.accountId, accountId),
        eq(apiTokens.clientId, id),
        eq(apiTokens.kind, "refresh"),
        isNull(apiTokens.replacedAt),
      ),
    )
    .orderBy(sql`${apiTokens.endedAt} is not null`, desc(apiTokens.createdAt))
    .limit(50);
  return found.map(lineOf);
}

/** A refresh token with its client. Absent, a neighbour's, an access token or no id at all: 404 (T49). */
export async function tokenFor(accountId: string, id: string): Promise<{ token: TokenLine; client: Client }> {
  const [found] = await db
    .select({ ...columns, client: apiClients })
    .from(apiTokens)
    .innerJoin(apiClients, and(eq(apiClients.accountId, apiTokens.accountId), eq(apiClients.id, apiTokens.clientId)))
    .where(and(eq(apiTokens.accountId, accountId), eq(apiTokens.id, uuidOr404(id)), eq(apiTokens.kind, "refresh")));
  if (!found) throw new NotFound();
  return { token: lineOf(found), client: found.client };
}

/** The token as the audit log names it. */
export const subjectOf = ({ id, familyId, label, hint }: Token): Subject => ({
  type: "token",
  id: familyId ?? id,
  label: label || `…${hint}`,
});
