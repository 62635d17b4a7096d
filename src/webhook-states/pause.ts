import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockWebhook, subjectOf, type Webhook } from "../webhooks/queries.ts";

/** Switches a webhook off: what happens meanwhile is not told later, what waits already stays. */
export function pauseWebhook(actor: Actor, webhookId: string): Promise<Webhook> {
  return db.transaction(async (tx) => {
    const before = await lockWebhook(tx, actor.accountId, webhookId);
    if (before.status !== "active") throw new Conflict(t("This webhook is switched off already."));
    const [webhook] = await tx
      .update(webhooks)
      .set({ status: "paused", dueAt: null, version: sql`${webhooks.version} + 1` })
      .where(and(eq(webhooks.accountId, actor.accountId), eq(webhooks.id, before.id)))
      .returning();
    const change = { before: { status: before.status }, after: { status: "paused" } };
    await recordEvent(tx, actor, "webhook.changed", subjectOf(webhook!), change);
    return webhook!;
  });
}
