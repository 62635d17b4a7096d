import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { seal } from "../access/vault.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { lockWebhook, subjectOf, type Webhook } from "../webhooks/queries.ts";
import { newSecret } from "./make.ts";

/**
 * Gives a webhook a new secret, which is returned here and never again. Both sign for `hours`, so that the receiver can
 * change over without losing a message; 0: the old one is void at once. One that was still in its overlap ends now.
 */
export function rotateSecret(
  actor: Actor,
  webhookId: string,
  { hours }: { hours: number },
): Promise<{ webhook: Webhook; secret: string }> {
  const secret = newSecret();
  return db.transaction(async (tx) => {
    const before = await lockWebhook(tx, actor.accountId, webhookId);
    const [webhook] = await tx
      .update(webhooks)
      .set({
        secret: seal(secret),
        oldSecret: hours > 0 ? before.secret : null,
        oldSecretEndsAt: hours > 0 ? sql`now() + make_interval(hours => ${hours})` : null,
        version: sql`${webhooks.version} + 1`,
      })
      .where(and(eq(webhooks.accountId, actor.accountId), eq(webhooks.id, before.id)))
      .returning();
    const after = { expiresAt: webhook!.oldSecretEndsAt?.toISOString() ?? "" };
    await recordEvent(tx, actor, "webhook.secret_rotated", subjectOf(webhook!), { after });
    return { webhook: webhook!, secret };
  });
}
