import { and, eq, isNull, or, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { apiClients, apiTokens } from "../db/schema.ts";

/** Ends a refresh token with all that came of it: its predecessors, successors and access tokens. Says how many had not ended. */
export async function endFamily(
  tx: Tx,
  { id, familyId, accountId }: Pick<typeof apiTokens.$inferSelect, "id" | "familyId" | "accountId">,
  endedBy: string | null,
): Promise<number> {
  const line = or(eq(apiTokens.id, id), eq(apiTokens.familyId, familyId ?? id));
  const ended = await tx
    .update(apiTokens)
    .set({ endedAt: sql`now()`, endedBy })
    .where(and(eq(apiTokens.accountId, accountId), line, isNull(apiTokens.endedAt)))
    .returning({ id: apiTokens.id });
  return ended.length;
}

/** Ends every token of a client. */
export async function endTokensOf(tx: Tx, clientId: string, endedBy: string | null): Promise<void> {
  await tx
    .update(apiTokens)
    .set({ endedAt: sql`now()`, endedBy })
    .where(and(eq(apiTokens.clientId, clientId), isNull(apiTokens.endedAt)));
}

/**
 * D13: ends the tokens of all clients that somebody made: in one account where they lose their place, everywhere where
 * their profile ends (`accountId` null). `forGood` ends the clients as well, so that their secrets open nothing when the
 * person is back. It writes no event of its own.
 */
export async function endProgramsOf(tx: Tx, userId: string, accountId: string | null, forGood = false): Promise<void> {
  const mine = sql`c.created_by = ${userId} and (${accountId}::uuid is null or c.account_id = ${accountId}::uuid)`;
  await tx.execute(sql`
    update api_tokens t set ended_at = now() from api_clients c
    where c.account_id = t.account_id and c.id = t.client_id and ${mine} and t.ended_at is null`);
  if (forGood) {
    const all = and(
      eq(apiClients.createdBy, userId),
      accountId ? eq(apiClients.accountId, accountId) : undefined,
      isNull(apiClients.endedAt),
    );
    await tx.update(apiClients).set({ endedAt: sql`now()`, oldSecretEndsAt: sql`now()` }).where(all);
  }
}
