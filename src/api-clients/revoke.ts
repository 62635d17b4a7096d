import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { apiClients } from "../db/schema.ts";
import { endTokensOf } from "../oauth/end.ts";
import { type Client, lockClient, subjectOf } from "./queries.ts";

/** Ends a client with every token of it, at once and for good. Anybody who may manage clients can: it only takes rights away. */
export const revokeClient = (actor: Actor, id: string): Promise<Client> =>
  db.transaction((tx) => revokeIn(tx, actor, id));

/** The same inside a caller's transaction: a verb that ends all that somebody made. */
export async function revokeIn(tx: Tx, actor: Actor, id: string): Promise<Client> {
  const client = await lockClient(tx, actor.accountId, id);
  const [revoked] = await tx
    .update(apiClients)
    .set({ endedAt: sql`now()`, endedBy: actor.userId, oldSecretHash: null, version: sql`${apiClients.version} + 1` })
    .where(and(eq(apiClients.accountId, actor.accountId), eq(apiClients.id, client.id)))
    .returning();
  await endTokensOf(tx, client.id, actor.userId);
  await recordEvent(tx, actor, "client.revoked", subjectOf(client), { before: { permissions: client.scopes } });
  return revoked!;
}
