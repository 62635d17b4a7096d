import { Router } from "express";
import { type Actor, can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { bodyOf, type Message, testType } from "../webhook-sending/message.ts";
import { shownUrl, webhookFor } from "../webhooks/queries.ts";
import { toldGroups } from "../webhooks/told-events.ts";
import { readDeliveryQuery } from "./forms.ts";
import { attemptsOf, findDelivery, firstOf, listDeliveries } from "./queries.ts";
import { repeatDelivery } from "./repeat.ts";
import { sendTest } from "./send-test.ts";
import { outcomeOf, statusOf, typeWords } from "./words.ts";

/** Mounted at /admin/webhooks. */
export const webhookDeliveries = Router();

webhookDeliveries.get("/:id/deliveries", allow("webhooks.view"), async (req, res) => {
  const webhook = await webhookFor(req.actor.accountId, req.params.id);
  const query = readDeliveryQuery(req.query);
  const { rows, older } = await listDeliveries(req.actor.accountId, webhook.id, query);
  return page(res, "webhook-deliveries/index", {
    title: t("Deliveries"),
    webhook,
    url: shownUrl(webhook.url),
    query,
    rows: rows.map((delivery) => ({ delivery, status: statusOf(delivery, webhook) })),
    older,
    groups: toldGroups(),
    typeWords,
  });
});

webhookDeliveries.get("/:id/deliveries/:deliveryId", allow("webhooks.view"), async (req, res) => {
  const locals = await deliveryOf(req.actor, req.params.id, req.params.deliveryId);
  if (req.get("HX-Request")) return fragment(res, "webhook-deliveries/_delivery", locals);
  return page(res, "webhook-deliveries/delivery", { title: locals.words, ...locals });
});

webhookDeliveries.post("/:id/deliveries/:deliveryId/repetition", allow("webhooks.edit"), async (req, res) => {
  const copy = await repeatDelivery(req.actor, req.params.id, req.params.deliveryId);
  flash(req, t("The message is sent once more."));
  res.redirect(303, `/admin/webhooks/${copy.webhookId}/deliveries/${copy.id}`);
});

webhookDeliveries.post("/:id/test", allow("webhooks.edit"), async (req, res) => {
  const delivery = await sendTest(req.actor, req.params.id);
  res.redirect(303, `/admin/webhooks/${delivery.webhookId}/deliveries/${delivery.id}`);
});

/** A delivery with its tries. What was said and answered is for those who may read the audit log: it says the same. */
async function deliveryOf(actor: Actor, webhookId: string, deliveryId: string) {
  const webhook = await webhookFor(actor.accountId, webhookId);
  const delivery = await findDelivery(actor.accountId, webhook.id, deliveryId);
  const attempts = await attemptsOf(delivery);
  const message = delivery.payload as Message;
  const open = delivery.status === "waiting" || delivery.status === "sending";
  const test = delivery.type === testType;
  return {
    webhook,
    url: shownUrl(webhook.url),
    delivery,
    first: await firstOf(delivery),
    test,
    open,
    // What is tried again in hours need not be looked at every two seconds.
    live: open && (test || webhook.status === "active") && Number(delivery.nextAt) < Date.now() + 60_000,
    status: statusOf(delivery, webhook),
    words: typeWords(delivery.type),
    subject: message.data.subject.label,
    attempts: attempts.map((attempt) => ({ ...attempt, words: outcomeOf(attempt) })),
    message: can(actor, "audit.view") ? bodyOf(message, 2) : undefined,
  };
}
