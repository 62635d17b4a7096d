import { z } from "zod";
import { id, instant, instantOrNull, time } from "../api/values.ts";
import { eventNames } from "../audit/events.ts";
import { deliveryStatuses } from "../db/schema.ts";
import { apiCallLog } from "../logs/api-calls.ts";
import { deliveryLog } from "../logs/deliveries.ts";
import { mailboxActivityLog, mailboxEvents } from "../logs/mailbox-activity.ts";
import { kindWords, mailLog, statusWords } from "../logs/mails.ts";
import type { MailKind, MailStatus } from "../mail/outbox.ts";
import { logEndpoint } from "./log-endpoint.ts";

const state = () => z.record(z.string(), z.unknown()).nullable();
const part = (description: string) => z.string().max(200).optional().meta({ description });

const callSchema = z
  .object({
    at: time("When it came."),
    client: z.object({ id: id().nullable(), name: z.string() }),
    method: z.string().meta({ example: "GET" }),
    path: z.string().meta({ example: "/api/v1/members" }),
    query: z.string().meta({ description: "Of it only what the endpoint knows." }),
    status: z.int(),
    milliseconds: z.int(),
    problem: state().meta({ description: "What was wrong, as it was answered." }),
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: "ApiCall", description: "What a program asked, and what it was answered. No contents." });

const activitySchema = z
  .object({
    at: time("When it happened."),
    name: z.enum(eventNames).meta({ example: "mailbox.message_viewed" }),
    actor: z.object({ id: id().nullable(), label: z.string() }),
    mailbox: z.object({ id: z.string(), name: z.string() }),
    before: state(),
    after: state(),
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: "MailboxEvent", description: "Something that was done to a mailbox or in it." });

const deliverySchema = z
  .object({
    id: id(),
    at: time("When it was queued."),
    webhookId: id(),
    url: z.string().meta({ description: "In full for those who may change webhooks; else shortened." }),
    type: z.string().meta({ example: "member.added" }),
    status: z.enum(deliveryStatuses),
    attempts: z.int(),
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable(),
    nextAt: time("When it is tried again.").nullable(),
    finishedAt: time("When it was taken, or given up.").nullable(),
  })
  .meta({ id: "LoggedDelivery", description: "One message to one webhook." });

const kinds = Object.keys(kindWords()) as [MailKind, ...MailKind[]];
const mailStatuses = Object.keys(statusWords()) as [MailStatus, ...MailStatus[]];

const mailSchema = z
  .object({
    id: id(),
    at: time("When it was queued."),
    kind: z.enum(kinds),
    status: z.enum(mailStatuses),
    sentTo: z.string().nullable().meta({ description: "For those who see users." }),
    reply: z.string().nullable().meta({ description: "What the mail server said; for those who see users." }),
    attempts: z.int(),
    finishedAt: time("When it was handed over, or given up.").nullable(),
  })
  .meta({ id: "Mail", description: "A mail that went out on behalf of the account. No contents." });

/** What happened besides the audit log (M15): the same four logs as on the pages. */
export const logs = [
  logEndpoint({
    log: apiCallLog,
    path: "/logs/api-calls",
    summary: "What programs asked",
    description: "A call stands here within a second.",
    filters: {
      client: id().optional().meta({ description: "One API client." }),
      method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).optional(),
      status: z.enum(["2xx", "3xx", "4xx", "5xx"]).optional(),
    },
    answer: callSchema,
    row: (call) => ({
      ...{ at: instant(call.at), client: { id: call.clientId, name: call.clientName } },
      ...{ method: call.method, path: call.path, query: call.query, status: call.status },
      ...{ milliseconds: call.milliseconds, problem: call.problem, requestId: call.requestId, ip: call.ip },
    }),
  }),
  logEndpoint({
    log: mailboxActivityLog,
    path: "/logs/mailbox-activity",
    summary: "What was done to mailboxes and in them",
    description: "Who opened messages is among it.",
    filters: {
      mailbox: part("A mailbox’s id, or part of its name."),
      what: z.enum(mailboxEvents as [string, ...string[]]).optional(),
      who: part("Part of the name of who did it."),
    },
    answer: activitySchema,
    row: (event) => ({
      ...{ at: instant(event.at), name: event.name, actor: { id: event.actorId, label: event.actorLabel } },
      mailbox: { id: event.subjectId, name: event.subjectLabel },
      ...{ before: event.before, after: event.after, requestId: event.requestId, ip: event.ip },
    }),
  }),
  logEndpoint({
    log: deliveryLog,
    path: "/logs/webhook-deliveries",
    summary: "What webhooks were told",
    description: "Every message to every webhook of the account.",
    filters: {
      webhook: id().optional().meta({ description: "One webhook." }),
      status: z.enum(deliveryStatuses).optional(),
      type: part("How the event’s name begins."),
    },
    answer: deliverySchema,
    row: (delivery) => ({
      ...{ id: delivery.id, webhookId: delivery.webhookId, url: delivery.url, type: delivery.type },
      ...{ status: delivery.status, attempts: delivery.attempts },
      ...{ lastStatus: delivery.lastStatus, lastError: delivery.lastError },
      ...{ at: instant(delivery.at), nextAt: instantOrNull(delivery.nextAt) },
      finishedAt: instantOrNull(delivery.finishedAt),
    }),
  }),
  logEndpoint({
    log: mailLog,
    path: "/logs/mails",
    summary: "Mails that went out on behalf of the account",
    description: "What mail servers answered, and no contents.",
    filters: {
      to_whom: part("Part of the address, for those who see users."),
      kind: z.enum(kinds).optional(),
      status: z.enum(mailStatuses).optional(),
    },
    answer: mailSchema,
    row: (mail) => ({
      ...{ id: mail.id, at: instant(mail.at), kind: mail.kind, status: mail.status, attempts: mail.attempts },
      ...{ sentTo: mail.sentTo, reply: mail.reply, finishedAt: instantOrNull(mail.finishedAt) },
    }),
  }),
];
