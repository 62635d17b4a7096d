import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhookDeliveries } from "../db/schema.ts";
import { type Message, testType } from "../webhook-sending/message.ts";
import { wake } from "../webhook-sending/note.ts";
import { lockWebhook, subjectOf } from "../webhooks/queries.ts";
import type { Delivery } from "./queries.ts";

/**
 * Orders a message of the type `webhook.test` to a webhook, switched on or not: signed and sent like any other, but once,
 * and whatever comes of it the webhook stands as before. The worker sends it within a second or two.
 */
export async function sendTest(actor: Actor, webhookId: string): Promise<Delivery> {
  await assertWithin([{ key: `webhook-tests:${actor.accountId}`, points: 60, seconds: 3600 }]);
  return db.transaction(async (tx) => {
    const webhook = await lockWebhook(tx, actor.accountId, webhookId);
    const { type, id, label } = subjectOf(webhook);
    const payload: Message = {
      type: testType,
      timestamp: new Date().toISOString(),
      data: {
        id: null,
        accountId: actor.accountId,
        actor: { id: actor.userId, label: actor.label },
        subject: { type, id, label },
        ...{ before: null, after: null },
      },
    };
    const [delivery] = await tx
      .insert(webhookDeliveries)
      .values({ accountId: actor.accountId, webhookId: webhook.id, type: testType, payload, nextAt: new Date(0) })
      .returning();
    wake(tx, [webhook.id]);
    await recordEvent(tx, actor, "webhook.tested", subjectOf(webhook));
    return delivery!;
  });
}
