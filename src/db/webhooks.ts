/** Addresses that are told what happens, what they were told, and every try of it. */
import { sql } from "drizzle-orm";
import {
  bigint,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { EventName } from "../audit/events.ts";
import { at, createdAt, id, version } from "./columns.ts";
import { accounts, users } from "./schema.ts";

/** `disabled`: by Muster, because it failed for too long or answered 410; `paused`: by an administrator. */
export const webhookStatuses = ["active", "paused", "disabled"] as const;
export type WebhookStatus = (typeof webhookStatuses)[number];

export const webhooks = pgTable(
  "webhooks",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    url: text("url").notNull(),
    about: text("about").notNull().default(""),
    /** Which events it is told of; empty: all. */
    events: text("events").array().$type<EventName[]>().notNull().default(sql`'{}'`),
    status: text("status", { enum: webhookStatuses }).notNull().default("active"),
    /** Why it is disabled: `gone` (410) or `failing`. */
    reason: text("reason"),
    /** `whsec_…`, sealed; the one before signs as well until then (Standard Webhooks 1.0). */
    secret: text("secret").notNull(),
    oldSecret: text("old_secret"),
    oldSecretEndsAt: at("old_secret_ends_at"),
    /** Since when nothing was taken, and that it was said. */
    failingSince: at("failing_since"),
    warnedAt: at("warned_at"),
    lastDeliveredAt: at("last_delivered_at"),
    /** When its next delivery is to be sent; null: nothing waits, or it is switched off. */
    dueAt: at("due_at"),
    /** A worker sends its deliveries until then; one that ends without a word loses it to the others (R2). */
    workedUntil: at("worked_until"),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    unique("webhooks_account_id").on(t.accountId, t.id),
    index("webhooks_by_account").on(t.accountId, t.createdAt).where(sql`ended_at is null`),
    index("webhooks_due").on(t.dueAt).where(sql`due_at is not null and ended_at is null`),
  ],
);

/** `failed`: every try is used up, or the receiver said that it is gone. While a webhook is switched off they wait. */
export const deliveryStatuses = ["waiting", "sending", "delivered", "failed"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** One message to one webhook. Its id is the message's id, the same at every try, so a receiver can tell a second copy. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    webhookId: uuid("webhook_id").notNull(),
    /** The event it tells of; null for a test. */
    eventId: bigint("event_id", { mode: "number" }),
    type: text("type").notNull(),
    payload: jsonb("payload").$type<Record<string, unknown>>().notNull(),
    status: text("status", { enum: deliveryStatuses }).notNull().default("waiting"),
    attempts: integer("attempts").notNull().default(0),
    /** Waiting: the next try. Sending: when another worker takes it over. */
    nextAt: at("next_at"),
    startedAt: at("started_at"),
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
    /** Sent once more by hand: the delivery whose copy this is. */
    copyOf: uuid("copy_of"),
    createdAt: createdAt(),
    finishedAt: at("finished_at"),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.webhookId], foreignColumns: [webhooks.accountId, webhooks.id] }),
    unique("webhook_deliveries_account_id").on(t.accountId, t.id),
    // Whoever follows the log twice tells nobody twice.
    uniqueIndex("webhook_deliveries_once")
      .on(t.webhookId, t.eventId)
      .where(sql`event_id is not null and copy_of is null`),
    index("webhook_deliveries_by_webhook").on(t.webhookId, t.createdAt),
    index("webhook_deliveries_by_account").on(t.accountId, t.createdAt, t.id),
    index("webhook_deliveries_by_time").on(t.createdAt),
    index("webhook_deliveries_due").on(t.webhookId, t.nextAt).where(sql`status in ('waiting', 'sending')`),
    index("webhook_deliveries_failed").on(t.accountId, t.createdAt, t.id).where(sql`status = 'failed'`),
  ],
);

/** Every try, with what was sent and answered (the first 4 KB), kept for LOG_DAYS. */
export const webhookAttempts = pgTable(
  "webhook_attempts",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    accountId: uuid("account_id").notNull(),
    deliveryId: uuid("delivery_id").notNull(),
    attempt: integer("attempt").notNull(),
    requestHeaders: jsonb("request_headers").$type<Record<string, string>>().notNull(),
    status: integer("status"),
    responseHeaders: jsonb("response_headers").$type<Record<string, string>>(),
    responseBody: text("response_body"),
    /** Why there is no answer: a key of the words in src/outbound. */
    error: text("error"),
    milliseconds: integer("milliseconds").notNull(),
    at: at("at").notNull().defaultNow(),
  },
  (t) => [
    foreignKey({
      columns: [t.accountId, t.deliveryId],
      foreignColumns: [webhookDeliveries.accountId, webhookDeliveries.id],
    }).onDelete("cascade"),
    index("webhook_attempts_by_delivery").on(t.deliveryId, t.id),
  ],
);
