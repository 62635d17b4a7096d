/** What happened and what is under way: tokens, sessions, mails, notifications, the audit log, limits, workers. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import type { Permission, SystemRole } from "../access/permissions.ts";
import type { EventName } from "../audit/events.ts";
import type { MailKind, MailStatus } from "../mail/outbox.ts";
import type { NotificationKind } from "../notifications/kinds.ts";
import { at, createdAt, id } from "./columns.ts";
import { accounts, members, users } from "./schema.ts";

export * from "./operations.ts";

export type TokenPurpose =
  | "invitation"
  | "invitation_link"
  | "registration"
  | "address_change"
  | "password_reset"
  | "first_sign_in"
  | "release";

/** Mailed links. The secret itself is HMAC(server key, purpose, id, generation) and never stored (T4). */
export const tokens = pgTable(
  "tokens",
  {
    id: id(),
    purpose: text("purpose").$type<TokenPurpose>().notNull(),
    generation: integer("generation").notNull().default(1),
    hash: text("hash").notNull().unique(),
    userId: uuid("user_id").references(() => users.id),
    memberId: uuid("member_id").references(() => members.id),
    email: text("email").notNull(),
    createdAt: createdAt(),
    expiresAt: at("expires_at").notNull(),
    spentAt: at("spent_at"),
    replacedAt: at("replaced_at"),
  },
  (t) => [index("tokens_by_user").on(t.userId, t.purpose), index("tokens_by_member").on(t.memberId, t.purpose)],
);

/** Sessions as connect-pg-simple keeps them; `sid` is the SHA-256 of the cookie's id, the user is read off the session. */
export const sessions = pgTable(
  "sessions",
  {
    sid: text("sid").primaryKey(),
    sess: jsonb("sess").$type<{ startedAt?: string; ip?: string; userAgent?: string }>().notNull(),
    expire: at("expire").notNull(),
    userId: uuid("user_id").generatedAlwaysAs(sql`((sess #>> '{passport,user}')::uuid)`),
    createdAt: createdAt(),
    /** To the minute: what it may idle depends on the account that it is used in next. */
    usedAt: at("used_at").notNull().defaultNow(),
  },
  (t) => [index("sessions_by_user").on(t.userId), index("sessions_by_expiry").on(t.expire)],
);

export const mails = pgTable(
  "mails",
  {
    id: id(),
    kind: text("kind").$type<MailKind>().notNull(),
    accountId: uuid("account_id").references(() => accounts.id),
    subjectId: uuid("subject_id").notNull(),
    data: jsonb("data").$type<Record<string, string>>().notNull().default({}),
    status: text("status").$type<MailStatus>().notNull().default("queued"),
    attempts: integer("attempts").notNull().default(0),
    sentTo: text("sent_to"),
    reply: text("reply"),
    createdAt: createdAt(),
    startedAt: at("started_at"),
    finishedAt: at("finished_at"),
    /** One of very many: not in the queue yet, but let into it at a set rate, so that other mails overtake it (R26). */
    held: boolean("held").notNull().default(false),
    /** When a held one was let into the queue. */
    releasedAt: at("released_at"),
  },
  (t) => [
    index("mails_held").on(t.createdAt, t.id).where(sql`held`),
    index("mails_by_subject").on(t.subjectId, t.kind),
    index("mails_by_status").on(t.status, t.createdAt),
    index("mails_by_account").on(t.accountId, t.createdAt, t.id),
  ],
);

export const notifications = pgTable(
  "notifications",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    accountId: uuid("account_id").references(() => accounts.id),
    kind: text("kind").$type<NotificationKind>().notNull(),
    subjectId: uuid("subject_id").notNull(),
    data: jsonb("data").$type<Record<string, string>>().notNull().default({}),
    createdAt: createdAt(),
    readAt: at("read_at"),
  },
  (t) => [index("notifications_by_user").on(t.userId, t.createdAt)],
);

/** The audit log. `transaction` gives a later seal the commit order; rows are never updated. */
export const events = pgTable(
  "events",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    accountId: uuid("account_id").references(() => accounts.id),
    actorId: uuid("actor_id"),
    actorLabel: text("actor_label").notNull(),
    name: text("name").$type<EventName>().notNull(),
    subjectType: text("subject_type").notNull(),
    subjectId: text("subject_id").notNull(),
    subjectLabel: text("subject_label").notNull(),
    before: jsonb("before").$type<Record<string, unknown>>(),
    after: jsonb("after").$type<Record<string, unknown>>(),
    requestId: text("request_id"),
    ip: text("ip"),
    transaction: bigint("transaction", { mode: "bigint" }).notNull().default(sql`(pg_current_xact_id()::text)::bigint`),
    at: at("at").notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    index("events_by_account").on(t.accountId, t.id),
    index("events_by_subject").on(t.accountId, t.subjectId, t.id),
    index("events_by_actor").on(t.accountId, t.actorId, t.id),
    index("events_by_name").on(t.accountId, t.name, t.id),
    // The order of the commits, for whoever follows the log: everything below the oldest open transaction is complete.
    index("events_by_transaction").on(t.transaction, t.id),
    // What whoever runs the installation has to bill.
    index("events_of_plans").on(t.id).where(sql`name = 'subscription.changed'`),
  ],
);

export const rateLimits = pgTable("rate_limits", {
  key: text("key").primaryKey(),
  points: integer("points").notNull(),
  resetsAt: at("resets_at").notNull(),
});

/** Who works the queue: a worker that falls silent loses its jobs to the others (R2). */
export const workers = pgTable("workers", {
  id: text("id").primaryKey(),
  startedAt: at("started_at").notNull().defaultNow(),
  seenAt: at("seen_at").notNull().defaultNow(),
});

/** D10: what one administrator has changed on one member and not saved yet. */
export const pendingChanges = pgTable(
  "pending_changes",
  {
    accountId: uuid("account_id").notNull(),
    adminId: uuid("admin_id")
      .notNull()
      .references(() => users.id),
    memberId: uuid("member_id").notNull(),
    memberVersion: integer("member_version").notNull(),
    adds: jsonb("adds").$type<PendingGrant[]>().notNull().default([]),
    ends: jsonb("ends").$type<string[]>().notNull().default([]),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.adminId, t.memberId] }),
    foreignKey({ columns: [t.accountId, t.memberId], foreignColumns: [members.accountId, members.id] }),
  ],
);

/**
 * A grant that is not saved yet: one of the three, and the mailbox it is for. Of what is held already, `endsAt` is its new
 * end (null: none any more); without the field its end stays as it is.
 */
export interface PendingGrant {
  mailboxId: string | null;
  systemRole?: SystemRole;
  roleId?: string;
  permission?: Permission;
  /** RFC 3339. */
  endsAt?: string | null;
}
