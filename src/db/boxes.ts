/** What a mailbox is made of besides its name: where it is reached, how full it is, who else gets its mail. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { at, createdAt, id, version } from "./columns.ts";
import { connectors } from "./connectors.ts";
import { accounts, mailboxes, users } from "./schema.ts";

/** `tls` from the first byte; `starttls`: plain at first, then never without; `none` only where the operator allows the host. */
export const imapSecurities = ["tls", "starttls", "none"] as const;
export type ImapSecurity = (typeof imapSecurities)[number];

/** How an IMAP mailbox is reached. Secrets are sealed (access/vault.ts); one of the two, by whether there is a connector. */
export const imapSources = pgTable(
  "imap_sources",
  {
    mailboxId: uuid("mailbox_id").primaryKey(),
    accountId: uuid("account_id").notNull(),
    host: text("host").notNull(),
    port: integer("port").notNull(),
    security: text("security", { enum: imapSecurities }).notNull(),
    username: text("username").notNull(),
    password: text("password"),
    connectorId: uuid("connector_id"),
    /** Of the connector's authorisation server. */
    refreshToken: text("refresh_token"),
    accessToken: text("access_token"),
    accessTokenEndsAt: at("access_token_ends_at"),
    /** Somebody fetches a new one, and has until then. */
    tokenAskedUntil: at("token_asked_until"),
    /** When a sign-in last worked, and why the last one did not (a key of src/imap's words). */
    reachedAt: at("reached_at"),
    failedAt: at("failed_at"),
    failure: text("failure"),
    version: version(),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.mailboxId], foreignColumns: [mailboxes.accountId, mailboxes.id] }),
    foreignKey({ columns: [t.accountId, t.connectorId], foreignColumns: [connectors.accountId, connectors.id] }),
    index("imap_sources_by_connector").on(t.connectorId),
  ],
);

/** How full a mailbox is: what its server said (QUOTA), else its messages added up. One row each, measured now and then. */
export const mailboxUsage = pgTable(
  "mailbox_usage",
  {
    mailboxId: uuid("mailbox_id").primaryKey(),
    accountId: uuid("account_id").notNull(),
    bytes: bigint("bytes", { mode: "number" }),
    /** Null: no limit that anybody knows of. */
    limitBytes: bigint("limit_bytes", { mode: "number" }),
    messages: integer("messages"),
    source: text("source").$type<"quota" | "sum">(),
    measuredAt: at("measured_at"),
    /** Somebody asked for a new measurement, or a round of them began. */
    askedAt: at("asked_at"),
    failure: text("failure"),
    nextAt: at("next_at").notNull().defaultNow(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.mailboxId], foreignColumns: [mailboxes.accountId, mailboxes.id] }),
    index("mailbox_usage_due").on(t.nextAt),
    index("mailbox_usage_by_account").on(t.accountId),
  ],
);

/** More addresses of a native mailbox. No address is a mailbox, an alias and a group at once (kept by the verbs, one lock). */
export const mailboxAliases = pgTable(
  "mailbox_aliases",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    mailboxId: uuid("mailbox_id").notNull(),
    address: text("address").notNull(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.mailboxId], foreignColumns: [mailboxes.accountId, mailboxes.id] }),
    unique("mailbox_aliases_account_id").on(t.accountId, t.id),
    uniqueIndex("mailbox_aliases_current").on(t.address).where(sql`ended_at is null`),
    index("mailbox_aliases_by_mailbox").on(t.mailboxId),
  ],
);

/** Where else the mail of a native mailbox goes, from and until when (days in UTC begin at their first instant). */
export const mailboxForwards = pgTable(
  "mailbox_forwards",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    mailboxId: uuid("mailbox_id").notNull(),
    address: text("address").notNull(),
    keepCopy: boolean("keep_copy").notNull().default(true),
    startsAt: at("starts_at").notNull().defaultNow(),
    /** Null: until it is ended. */
    endsAt: at("ends_at"),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.mailboxId], foreignColumns: [mailboxes.accountId, mailboxes.id] }),
    unique("mailbox_forwards_account_id").on(t.accountId, t.id),
    uniqueIndex("mailbox_forwards_current").on(t.mailboxId, t.address).where(sql`ended_at is null`),
  ],
);

/** An address whose mail goes to several mailboxes or addresses. */
export const mailGroups = pgTable(
  "mail_groups",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    name: text("name").notNull(),
    address: text("address").notNull(),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    unique("mail_groups_account_id").on(t.accountId, t.id),
    uniqueIndex("mail_groups_current").on(t.address).where(sql`ended_at is null`),
    index("mail_groups_by_name").on(t.accountId, t.name, t.id),
  ],
);

export const mailGroupMembers = pgTable(
  "mail_group_members",
  {
    accountId: uuid("account_id").notNull(),
    groupId: uuid("group_id").notNull(),
    /** Where the mail goes: the address of a mailbox here, or any other. */
    address: text("address").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.groupId, t.address] }),
    foreignKey({ columns: [t.accountId, t.groupId], foreignColumns: [mailGroups.accountId, mailGroups.id] }),
  ],
);

/**
 * Passwords with which mail programs sign in to a native mailbox: made here, 128 bits and more, shown once, so their SHA-256
 * is enough (hex). Several at once: one each device.
 */
export const mailboxPasswords = pgTable(
  "mailbox_passwords",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    mailboxId: uuid("mailbox_id").notNull(),
    /** Whose it is; null: of the mailbox, made by whoever manages it. */
    userId: uuid("user_id").references(() => users.id),
    label: text("label").notNull(),
    hash: text("hash").notNull(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.mailboxId], foreignColumns: [mailboxes.accountId, mailboxes.id] }),
    unique("mailbox_passwords_account_id").on(t.accountId, t.id),
    index("mailbox_passwords_current").on(t.mailboxId, t.hash).where(sql`ended_at is null`),
  ],
);
