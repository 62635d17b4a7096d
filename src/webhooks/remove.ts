import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { lockWebhook, shownUrl, subjectOf, type Webhook } from "./queries.ts";

/** Deletes a webhook: nothing is sent any more, not even what waits. Its secrets are forgotten; its log goes with its age. */
export function removeWebhook(actor: Actor, webhookId: string): Promise<Webhook> {
  return db.transaction(async (tx) => {
    const { id, url, about } = await lockWebhook(tx, actor.accountId, webhookId);
    const forgotten = { secret: "", oldSecret: null, oldSecretEndsAt: null, dueAt: null };
    const [ended] = await tx
      .update(webhooks)
      .set({ ...forgotten, endedAt: sql`now()`, endedBy: actor.userId, version: sql`${webhooks.version} + 1` })
      .where(and(eq(webhooks.accountId, actor.accountId), eq(webhooks.id, id)))
      .returning();
    const before = { url: shownUrl(url), about };
    await recordEvent(tx, actor, "webhook.removed", subjectOf(ended!), { before });
    return ended!;
  });
}
