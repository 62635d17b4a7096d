import { and, eq, isNull } from "drizzle-orm";
import { hashOf, isSecret } from "../access/secrets.ts";
import { type Author, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { apiTokens } from "../db/schema.ts";
import type { ProvenClient } from "./client.ts";
import { endFamily } from "./end.ts";

/** Ends a token of the client that asks (RFC 7009): a refresh token with its whole line. A token that is none changes nothing. */
export async function revokeToken(client: ProvenClient, given: string, request: Pick<Author, "requestId" | "ip">) {
  if (!isSecret("access", given) && !isSecret("refresh", given)) return;
  await db.transaction(async (tx) => {
    const ofClient = and(eq(apiTokens.hash, hashOf(given)), eq(apiTokens.clientId, client.id));
    const [token] = await tx
      .select()
      .from(apiTokens)
      .where(and(ofClient, isNull(apiTokens.endedAt)))
      .for("update");
    if (!token) return;
    if (token.kind === "access") {
      await tx.update(apiTokens).set({ endedAt: new Date() }).where(eq(apiTokens.id, token.id));
      return;
    }
    await endFamily(tx, token, null);
    const subject = { type: "token", id: token.familyId ?? token.id, label: token.label || `…${token.hint}` } as const;
    const author = { ...request, userId: null, accountId: client.accountId, label: client.name };
    await recordEvent(tx, author, "token.revoked", subject);
  });
}
