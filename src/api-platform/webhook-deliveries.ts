import { z } from "zod";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { deliveryStatuses } from "../db/schema.ts";
import { readDeliveryQuery } from "../webhook-deliveries/forms.ts";
import { type DeliveryLine, listDeliveries } from "../webhook-deliveries/queries.ts";
import { repeatDelivery } from "../webhook-deliveries/repeat.ts";
import { sendTest } from "../webhook-deliveries/send-test.ts";
import { webhookFor } from "../webhooks/queries.ts";

const tag = "Webhooks";

const deliverySchema = z
  .object({
    id: id(),
    type: z.string().meta({ example: "member.added" }),
    status: z.enum(deliveryStatuses),
    attempts: z.int(),
    lastStatus: z.int().nullable().meta({ description: "What the receiver answered last." }),
    lastError: z.string().nullable(),
    nextAt: time("When it is tried again.").nullable(),
    createdAt: time("When it was queued."),
    finishedAt: time("When it was taken, or given up.").nullable(),
  })
  .meta({ id: "WebhookDelivery", description: "One message to one webhook." });

const deliveryAnswer = (row: Omit<DeliveryLine, "subject">): z.input<typeof deliverySchema> => ({
  id: row.id,
  type: row.type,
  status: row.status,
  attempts: row.attempts,
  lastStatus: row.lastStatus,
  lastError: row.lastError,
  nextAt: instantOrNull(row.nextAt),
  createdAt: instant(row.createdAt),
  finishedAt: instantOrNull(row.finishedAt),
});

/** What webhooks were told. */
export const webhookDeliveries = [
  endpoint({
    method: "POST",
    path: "/webhooks/:id/test",
    tag,
    summary: "Send a test message",
    permission: "webhooks.edit",
    params: byId,
    answer: deliverySchema,
    status: 202,
    handle: async (actor, { params }) => ({ body: deliveryAnswer(await sendTest(actor, params.id)) }),
  }),
  endpoint({
    method: "GET",
    path: "/webhooks/:id/deliveries",
    tag,
    summary: "What a webhook was told",
    description: "Newest first.",
    permission: "webhooks.view",
    params: byId,
    answer: deliverySchema,
    list: true,
    handle: async (actor, { params, query: { limit, cursor } }) => {
      const { id: webhookId } = await webhookFor(actor.accountId, params.id);
      const { rows, older } = await listDeliveries(
        actor.accountId,
        webhookId,
        readDeliveryQuery({ before: cursor }),
        limit,
      );
      return { rows: rows.map(deliveryAnswer), next: older };
    },
  }),
  endpoint({
    method: "POST",
    path: "/webhooks/:id/deliveries/:deliveryId/repeat",
    tag,
    summary: "Send a message once more",
    permission: "webhooks.edit",
    params: byId.extend({ deliveryId: id() }),
    answer: deliverySchema,
    status: 202,
    handle: async (actor, { params }) => ({
      body: deliveryAnswer(await repeatDelivery(actor, params.id, params.deliveryId)),
    }),
  }),
];
