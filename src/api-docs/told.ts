import { z } from "zod";
import type { ZodOpenApiObject } from "zod-openapi";
import { eventTitle } from "../audit/titles.ts";
import { inLanguage } from "../i18n/t.ts";
import { toldEvents } from "../webhooks/told-events.ts";

const state = () => z.record(z.string(), z.unknown()).nullable();

const message = z
  .object({
    type: z.string().meta({ example: "member.added" }),
    timestamp: z.iso.datetime().meta({ description: "When it happened, not when it is sent." }),
    data: z.object({
      id: z.int().nullable().meta({ description: "The event’s number in the audit log; null for a test." }),
      accountId: z.uuid(),
      actor: z.object({ id: z.uuid().nullable(), label: z.string() }),
      subject: z.object({ type: z.string(), id: z.string(), label: z.string() }),
      before: state(),
      after: state(),
    }),
  })
  .meta({ id: "WebhookMessage", description: "Signed as Standard Webhooks 1.0 has it." });

const headers = z.object({
  "webhook-id": z.string().meta({ description: "The same at every try, so that a second copy can be told." }),
  "webhook-timestamp": z.string().meta({ description: "When it was sent: seconds since 1970." }),
  "webhook-signature": z.string().meta({ description: "One or several signatures, separated by blanks." }),
});

/** What webhooks are told, event by event, as the specification has it. */
export const told = (): ZodOpenApiObject["webhooks"] =>
  Object.fromEntries(
    toldEvents.map((name) => [
      name,
      {
        post: {
          tags: ["Webhooks"],
          operationId: `told_${name.replaceAll(".", "_")}`,
          summary: inLanguage({ locale: "en" }, () => eventTitle(name)),
          security: [],
          requestParams: { header: headers },
          requestBody: { content: { "application/json": { schema: message } } },
          responses: { "2XX": { description: "Taken. 410 switches the webhook off; anything else is tried again." } },
        },
      },
    ]),
  );
