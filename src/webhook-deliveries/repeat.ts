import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhookDeliveries } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { wake } from "../webhook-sending/note.ts";
import { lockWebhook, subjectOf } from "../webhooks/queries.ts";
import { type Delivery, findDelivery } from "./queries.ts";

/**
 * Sends the message of a settled delivery once more, with as many tries as a new one. It is the same message under the
 * same id (Standard Webhooks 1.0), so a receiver that has dealt with it already can tell.
 */
export function repeatDelivery(actor: Actor, webhookId: string, deliveryId: string): Promise<Delivery> {
  return db.transaction(async (tx) => {
    const webhook = await lockWebhook(tx, actor.accountId, webhookId);
    const { id, accountId, eventId, type, payload, copyOf, status } = await findDelivery(
      actor.accountId,
      webhookId,
      deliveryId,
      tx,
    );
    if (eventId === null) throw new Conflict(t("A test is not repeated. Send another one."));
    if (webhook.status !== "active") throw new Conflict(t("This webhook is switched off. Switch it on first."));
    if (status === "waiting" || status === "sending") throw new Conflict(t("This message is still being tried."));
    const [copy] = await tx
      .insert(webhookDeliveries)
      .values({ accountId, webhookId: webhook.id, eventId, type, payload, copyOf: copyOf ?? id, nextAt: new Date(0) })
      .returning();
    wake(tx, [webhook.id]);
    await recordEvent(tx, actor, "webhook.delivery_repeated", subjectOf(webhook), { after: { message: copyOf ?? id } });
    return copy!;
  });
}
