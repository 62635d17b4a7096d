import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { makeSecret } from "../access/secrets.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { apiClients } from "../db/schema.ts";
import { staleClient } from "./change.ts";
import { assertMaker, lockClient, subjectOf } from "./queries.ts";

/**
 * A new secret. The old one goes on for 24 h (`day`), so that the program can be told without a gap, or ends at once. One
 * from an earlier rotation ends in any case. Tokens stay.
 */
export function rotateSecret(actor: Actor, id: string, { old, version }: { old: "day" | "now"; version: number }) {
  const { secret, hash, hint } = makeSecret("secret");
  return db.transaction(async (tx) => {
    const client = await lockClient(tx, actor.accountId, id);
    assertMaker(actor, client);
    if (client.version !== version) throw staleClient();
    const [rotated] = await tx
      .update(apiClients)
      .set({
        secretHash: hash,
        secretHint: hint,
        secretAt: sql`now()`,
        oldSecretHash: client.secretHash,
        oldSecretHint: client.secretHint,
        oldSecretEndsAt: old === "day" ? sql`now() + interval '24 hours'` : sql`now()`,
        version: sql`${apiClients.version} + 1`,
      })
      .where(and(eq(apiClients.accountId, actor.accountId), eq(apiClients.id, client.id)))
      .returning();
    await recordEvent(tx, actor, "client.secret_rotated", subjectOf(client), {
      after: { expiresAt: rotated!.oldSecretEndsAt },
    });
    return { client: rotated!, secret };
  });
}

/** Ends the old secret of a rotation now: the program has the new one. */
export function endOldSecret(actor: Actor, id: string) {
  return db.transaction(async (tx) => {
    const client = await lockClient(tx, actor.accountId, id);
    if (!client.oldSecretHash) return client;
    const [changed] = await tx
      .update(apiClients)
      .set({ oldSecretHash: null, oldSecretEndsAt: sql`least(${apiClients.oldSecretEndsAt}, now())` })
      .where(and(eq(apiClients.accountId, actor.accountId), eq(apiClients.id, client.id)))
      .returning();
    await recordEvent(tx, actor, "client.secret_rotated", subjectOf(client), {
      before: { expiresAt: client.oldSecretEndsAt },
      after: { expiresAt: changed!.oldSecretEndsAt },
    });
    return changed!;
  });
}
