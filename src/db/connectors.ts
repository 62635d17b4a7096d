/** Ways to other services' sign-in: OAuth settings, and sign-ins there that are under way. */
import { sql } from "drizzle-orm";
import {
  boolean,
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
import type { ImapSecurity } from "./boxes.ts";
import { at, createdAt, id, version } from "./columns.ts";
import { accounts, users } from "./schema.ts";

export const connectorKinds = ["google", "microsoft", "generic"] as const;
export type ConnectorKind = (typeof connectorKinds)[number];

/** OAuth settings of a mail provider, and where its mailboxes are reached over IMAP. */
export const connectors = pgTable(
  "connectors",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    kind: text("kind", { enum: connectorKinds }).notNull(),
    name: text("name").notNull(),
    clientId: text("client_id").notNull(),
    /** Sealed. */
    clientSecret: text("client_secret").notNull(),
    scopes: text("scopes").array().notNull().default(sql`'{}'`),
    authorizeUrl: text("authorize_url").notNull(),
    tokenUrl: text("token_url").notNull(),
    /** Who the authorisation server says it is (RFC 8414), where that is known. */
    issuer: text("issuer"),
    /** It names itself when it sends people back (RFC 9207): an answer without its name is then somebody else's. */
    namesItself: boolean("names_itself").notNull().default(false),
    imapHost: text("imap_host").notNull(),
    imapPort: integer("imap_port").notNull().default(993),
    imapSecurity: text("imap_security").$type<ImapSecurity>().notNull().default("tls"),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    unique("connectors_account_id").on(t.accountId, t.id),
    uniqueIndex("connectors_name").on(t.accountId, sql`lower(name)`).where(sql`ended_at is null`),
  ],
);

export interface WantedMailbox {
  name: string;
  address: string;
  mailboxId?: string;
}

/** Somebody is at a provider's sign-in page and comes back with a code (RFC 6749, 7636): once, within ten minutes. */
export const authorizations = pgTable(
  "authorizations",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    connectorId: uuid("connector_id").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** SHA-256 of the state that travels. */
    stateHash: text("state_hash").notNull().unique(),
    /** Sealed. */
    verifier: text("verifier").notNull(),
    /** What the mailbox is to be called and its address; or the mailbox that is connected anew. */
    wanted: jsonb("wanted").$type<WantedMailbox>().notNull(),
    createdAt: createdAt(),
    expiresAt: at("expires_at").notNull(),
    spentAt: at("spent_at"),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.connectorId], foreignColumns: [connectors.accountId, connectors.id] }),
    index("authorizations_by_expiry").on(t.expiresAt),
  ],
);
