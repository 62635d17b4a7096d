/** Programs that act for an account: their secrets and tokens (hashes only), what they asked, what they must not do twice. */
import { sql } from "drizzle-orm";
import {
  bigint,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import type { Permission } from "../access/permissions.ts";
import { at, createdAt, id, version } from "./columns.ts";
import { accounts, users } from "./schema.ts";

/** A program. It never may more than its maker holds now, nor more than its scopes, which are permissions. */
export const apiClients = pgTable(
  "api_clients",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    name: text("name").notNull(),
    /** Public. */
    clientId: text("client_id").notNull().unique(),
    /** SHA-256 (hex) of a secret of 256 bits, shown once; its last four characters tell it apart. */
    secretHash: text("secret_hash").notNull(),
    secretHint: text("secret_hint").notNull(),
    secretAt: at("secret_at").notNull().defaultNow(),
    /** The one before, good until then: a rotation leaves time to put the new one in place. */
    oldSecretHash: text("old_secret_hash"),
    oldSecretHint: text("old_secret_hint"),
    oldSecretEndsAt: at("old_secret_ends_at"),
    scopes: text("scopes").array().$type<Permission[]>().notNull(),
    lastUsedAt: at("last_used_at"),
    version: version(),
    createdAt: createdAt(),
    /** Whose rights bound it. */
    createdBy: uuid("created_by")
      .notNull()
      .references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    unique("api_clients_account_id").on(t.accountId, t.id),
    index("api_clients_by_account").on(t.accountId, t.createdAt),
    index("api_clients_by_maker").on(t.createdBy),
  ],
);

/** `refresh` tokens are made on the page or rotated by use; `access` tokens live an hour. */
export const apiTokens = pgTable(
  "api_tokens",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    clientId: uuid("client_id").notNull(),
    kind: text("kind").$type<"refresh" | "access">().notNull(),
    label: text("label").notNull().default(""),
    hash: text("hash").notNull().unique(),
    hint: text("hint").notNull(),
    scopes: text("scopes").array().$type<Permission[]>().notNull(),
    /** The refresh token that the first of its line was: a used one that comes again ends the whole line (RFC 9700). */
    familyId: uuid("family_id"),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    expiresAt: at("expires_at").notNull(),
    lastUsedAt: at("last_used_at"),
    /** Replaced by its successor: good for a moment more, in case the answer was lost. */
    replacedAt: at("replaced_at"),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.clientId], foreignColumns: [apiClients.accountId, apiClients.id] }),
    unique("api_tokens_account_id").on(t.accountId, t.id),
    index("api_tokens_by_client").on(t.clientId, t.kind, t.createdAt),
    index("api_tokens_by_family").on(t.familyId),
    index("api_tokens_by_expiry").on(t.expiresAt),
  ],
);

/** Every request of a program, kept for LOG_DAYS. No body, no token; the path without its query's values that are secret. */
export const apiCalls = pgTable(
  "api_calls",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    accountId: uuid("account_id").notNull(),
    clientId: uuid("client_id"),
    clientName: text("client_name").notNull().default(""),
    method: text("method").notNull(),
    path: text("path").notNull(),
    query: text("query").notNull().default(""),
    status: integer("status").notNull(),
    milliseconds: integer("milliseconds").notNull(),
    /** What was wrong, as it was answered (RFC 9457). */
    problem: jsonb("problem").$type<Record<string, unknown>>(),
    requestId: text("request_id"),
    ip: text("ip"),
    at: at("at").notNull().defaultNow(),
  },
  (t) => [index("api_calls_by_account").on(t.accountId, t.id), index("api_calls_by_time").on(t.at)],
);

/** The answer that a key got, for a day: the same request again gets it again, another one with the same key is refused. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    clientId: uuid("client_id").notNull(),
    accountId: uuid("account_id").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of method, path and body. */
    fingerprint: text("fingerprint").notNull(),
    status: integer("status"),
    headers: jsonb("headers").$type<Record<string, string>>(),
    /** Encrypted: some answers hold a secret that is shown once. */
    body: text("body"),
    /** Which attempt runs: one that was given up for dead cannot commit any more. */
    holder: uuid("holder"),
    /** What was made, written in the transaction that made it: an attempt that dies after that is not made again. */
    subjectId: text("subject_id"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.clientId, t.key] }),
    foreignKey({ columns: [t.accountId, t.clientId], foreignColumns: [apiClients.accountId, apiClients.id] }),
    index("idempotency_keys_by_time").on(t.createdAt),
  ],
);

/** How far somebody who follows the audit log in the order of its commits has come. */
export const eventCursors = pgTable("event_cursors", {
  name: text("name").primaryKey(),
  transaction: bigint("transaction", { mode: "bigint" }).notNull().default(sql`0`),
  eventId: bigint("event_id", { mode: "number" }).notNull().default(0),
  movedAt: at("moved_at").notNull().defaultNow(),
});
