import { and, eq, isNull, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { subjectOf, type Webhook } from "../webhooks/queries.ts";
import { tellEditors } from "./tell.ts";

/**
 * Switches a webhook off by Muster's own doing, and tells those who may switch it on again. What waits for it is kept.
 * One that is off already stays as it is.
 */
export async function disableWebhook(tx: Tx, { id }: Webhook, reason: "gone" | "failing"): Promise<void> {
  const [webhook] = await tx
    .update(webhooks)
    .set({ status: "disabled", reason, dueAt: null, version: sql`${webhooks.version} + 1` })
    .where(and(eq(webhooks.id, id), eq(webhooks.status, "active"), isNull(webhooks.endedAt)))
    .returning();
  if (!webhook) return;
  await recordEvent(tx, system(webhook.accountId), "webhook.disabled", subjectOf(webhook), {
    before: { status: "active" },
    after: { status: "disabled", reason },
  });
  await tellEditors(tx, webhook, "webhook.disabled");
}
