import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockWebhook, subjectOf, type Webhook } from "../webhooks/queries.ts";

/** Switches a webhook on again, whoever switched it off; it counts as well until it fails anew. What waited is sent now. */
export function enableWebhook(actor: Actor, webhookId: string): Promise<Webhook> {
  return db.transaction(async (tx) => {
    const before = await lockWebhook(tx, actor.accountId, webhookId);
    if (before.status === "active") throw new Conflict(t("This webhook is switched on already."));
    const [webhook] = await tx
      .update(webhooks)
      .set({
        ...{ status: "active", reason: null, failingSince: null, warnedAt: null },
        dueAt: sql`now()`,
        version: sql`${webhooks.version} + 1`,
      })
      .where(and(eq(webhooks.accountId, actor.accountId), eq(webhooks.id, before.id)))
      .returning();
    const change = { before: { status: before.status }, after: { status: "active" } };
    await recordEvent(tx, actor, "webhook.enabled", subjectOf(webhook!), change);
    return webhook!;
  });
}
