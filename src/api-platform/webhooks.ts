import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import type { EventName } from "../audit/events.ts";
import { webhookStatuses } from "../db/schema.ts";
import { rotateSecret } from "../webhook-secrets/rotate.ts";
import { enableWebhook } from "../webhook-states/enable.ts";
import { pauseWebhook } from "../webhook-states/pause.ts";
import { addWebhook } from "../webhooks/add.ts";
import { changeWebhook } from "../webhooks/change.ts";
import { readWebhookQuery, webhookForm } from "../webhooks/forms.ts";
import { listWebhooks, urlFor, type Webhook, webhookFor } from "../webhooks/queries.ts";
import { removeWebhook } from "../webhooks/remove.ts";
import { toldEvents } from "../webhooks/told-events.ts";

const tag = "Webhooks";

const webhookSchema = z
  .object({
    id: id(),
    url: z.string().meta({ description: "In full for those who may change webhooks; else shortened." }),
    about: z.string(),
    events: z.array(z.string()).meta({ description: "Which it is told of; empty: all.", example: ["member.added"] }),
    status: z.enum(webhookStatuses),
    failingSince: time("Since when nothing was taken.").nullable(),
    lastDeliveredAt: time("When something was taken last.").nullable(),
    createdAt: time("When it was added."),
    version: z.int(),
  })
  .meta({
    id: "Webhook",
    description: "An address that is told what happens, signed as Standard Webhooks 1.0 has it.",
  });

const withSecret = webhookSchema
  .extend({ secret: z.string().meta({ description: "What signatures are checked with. Answered this once." }) })
  .meta({ id: "WebhookWithSecret" });

const answered = (actor: Actor, webhook: Webhook): z.input<typeof webhookSchema> => ({
  id: webhook.id,
  url: urlFor(actor, webhook),
  about: webhook.about,
  events: webhook.events,
  status: webhook.status,
  failingSince: instantOrNull(webhook.failingSince),
  lastDeliveredAt: instantOrNull(webhook.lastDeliveredAt),
  createdAt: instant(webhook.createdAt),
  version: webhook.version,
});

const one = (actor: Actor, webhook: Webhook) => ({ body: answered(actor, webhook), version: webhook.version });

const fields = z.object({
  url: webhookForm.shape.url.meta({ example: "https://example.com/hooks/muster" }),
  about: webhookForm.shape.about.default(""),
  events: z
    .array(z.enum(toldEvents as [EventName, ...EventName[]]))
    .max(toldEvents.length)
    .default([])
    .meta({ description: "Which it is told of; empty: all.", example: ["member.added"] }),
});

/** Webhooks and what they were told. Secrets are answered once, by what makes them. */
export const webhooks = [
  endpoint({
    method: "GET",
    path: "/webhooks",
    tag,
    summary: "List webhooks",
    description: "Newest first.",
    permission: "webhooks.view",
    answer: webhookSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor } }) => {
      const { rows, older } = await listWebhooks(actor.accountId, readWebhookQuery({ before: cursor }), limit);
      return { rows: rows.map((webhook) => answered(actor, webhook)), next: older };
    },
  }),
  endpoint({
    method: "POST",
    path: "/webhooks",
    tag,
    summary: "Add a webhook",
    description: "Its secret is in the answer, and nowhere afterwards.",
    permission: "webhooks.add",
    body: fields,
    answer: withSecret,
    handle: async (actor, { body }) => {
      const { webhook, secret } = await addWebhook(actor, body);
      const { body: shown, version } = one(actor, webhook);
      return { body: { ...shown, secret }, version, location: `/webhooks/${webhook.id}` };
    },
  }),
  endpoint({
    method: "GET",
    path: "/webhooks/:id",
    tag,
    summary: "One webhook",
    permission: "webhooks.view",
    params: byId,
    answer: webhookSchema,
    handle: async (actor, { params }) => one(actor, await webhookFor(actor.accountId, params.id)),
  }),
  endpoint({
    method: "PUT",
    path: "/webhooks/:id",
    tag,
    summary: "Change a webhook",
    permission: "webhooks.edit",
    params: byId,
    body: fields,
    answer: webhookSchema,
    ifMatch: true,
    handle: async (actor, { params, body, version }) =>
      one(actor, await changeWebhook(actor, params.id, { ...body, version })),
  }),
  endpoint({
    method: "DELETE",
    path: "/webhooks/:id",
    tag,
    summary: "Delete a webhook",
    description: "Nothing is sent any more, not even what waits.",
    permission: "webhooks.delete",
    params: byId,
    handle: async (actor, { params }) => {
      await removeWebhook(actor, params.id);
      return {};
    },
  }),
  endpoint({
    method: "POST",
    path: "/webhooks/:id/secret",
    tag,
    summary: "Renew the secret",
    description: "Both sign for so many hours. The new one is in the answer, and nowhere afterwards.",
    permission: "webhooks.edit",
    params: byId,
    body: z.object({ hours: z.int().min(0).max(168).default(24) }),
    answer: withSecret,
    handle: async (actor, { params, body }) => {
      const { webhook, secret } = await rotateSecret(actor, params.id, body);
      return { body: { ...answered(actor, webhook), secret }, version: webhook.version };
    },
  }),
  ...(
    [
      ["pause", "Switch a webhook off", "What happens meanwhile is not told later.", pauseWebhook],
      ["enable", "Switch a webhook on", "What waited is sent now.", enableWebhook],
    ] as const
  ).map(([verb, summary, description, act]) =>
    endpoint({
      method: "POST",
      path: `/webhooks/:id/${verb}`,
      tag,
      summary,
      description,
      permission: "webhooks.edit",
      params: byId,
      answer: webhookSchema,
      handle: async (actor, { params }) => one(actor, await act(actor, params.id)),
    }),
  ),
];
