/** How somebody proves who they are beside a password, and where they did. */
import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { at, createdAt, id } from "./columns.ts";
import { users } from "./schema.ts";

/** The secret of somebody's authenticator app, sealed (access/vault.ts). Not in force before it is confirmed with a code. */
export const totpSecrets = pgTable("totp_secrets", {
  userId: uuid("user_id")
    .primaryKey()
    .references(() => users.id),
  secret: text("secret").notNull(),
  confirmedAt: at("confirmed_at"),
  /** The time step of the last code that was taken: none is taken twice (RFC 6238, 5.2). */
  lastStep: bigint("last_step", { mode: "number" }),
  createdAt: createdAt(),
});

/** One-time codes for whoever lost the device; SHA-256 (hex), each holds 120 bits; those made before November 2026 hold 80. */
export const recoveryCodes = pgTable(
  "recovery_codes",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    hash: text("hash").notNull(),
    createdAt: createdAt(),
    usedAt: at("used_at"),
  },
  (t) => [uniqueIndex("recovery_codes_by_user").on(t.userId, t.hash)],
);

/** WebAuthn credentials: as a second factor, or as the only one. */
export const passkeys = pgTable(
  "passkeys",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** As WebAuthn gives it, base64url. */
    credentialId: text("credential_id").notNull().unique(),
    /** COSE key, base64url. */
    publicKey: text("public_key").notNull(),
    counter: bigint("counter", { mode: "number" }).notNull().default(0),
    transports: text("transports").array().notNull().default(sql`'{}'`),
    label: text("label").notNull(),
    backedUp: boolean("backed_up").notNull().default(false),
    createdAt: createdAt(),
    lastUsedAt: at("last_used_at"),
  },
  (t) => [index("passkeys_by_user").on(t.userId)],
);

/**
 * Where somebody is not asked for the second factor until `ends_at`; the device's cookie holds the token. It counts while
 * `basis` is what the password and the factors come to (trusted-devices/basis.ts), so a change of either ends it by itself.
 */
export const trustedDevices = pgTable(
  "trusted_devices",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** SHA-256 (hex) of 256 random bits. */
    hash: text("hash").notNull().unique(),
    basis: text("basis").notNull(),
    userAgent: text("user_agent").notNull().default(""),
    createdAt: createdAt(),
    lastUsedAt: at("last_used_at"),
    endsAt: at("ends_at").notNull(),
  },
  (t) => [index("trusted_devices_by_user").on(t.userId), index("trusted_devices_by_end").on(t.endsAt)],
);

/** Each sign-in, and each refused one of somebody we know: what the person sees of it. Kept a year. */
export const signIns = pgTable(
  "sign_ins",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    at: at("at").notNull().defaultNow(),
    method: text("method").$type<
      "password" | "password_totp" | "password_passkey" | "password_recovery" | "passkey" | "link"
    >(),
    /** Refused: a wrong password, or a wrong second factor. */
    outcome: text("outcome").$type<"signed_in" | "refused">().notNull(),
    ip: text("ip").notNull().default(""),
    /** ISO 3166 country, where the operator has a file that tells. */
    country: text("country").notNull().default(""),
    userAgent: text("user_agent").notNull().default(""),
    /** A device that the person had not used before; they are told by mail. */
    newDevice: boolean("new_device").notNull().default(false),
    /** Of the session that it opened: it lives as long as there is one by this name. */
    sid: text("sid"),
  },
  (t) => [index("sign_ins_by_user").on(t.userId, t.id), index("sign_ins_by_time").on(t.at)],
);

/** An account's own picture in pages and mails. */
export const accountLogos = pgTable(
  "account_logos",
  {
    accountId: uuid("account_id").primaryKey(),
    /** base64 of a PNG or JPEG that was looked at; never SVG. */
    bytes: text("bytes").notNull(),
    type: text("type").$type<"image/png" | "image/jpeg">().notNull(),
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    /** SHA-256 (hex) of the bytes: its address. */
    hash: text("hash").notNull(),
    createdAt: createdAt(),
  },
  (t) => [index("account_logos_by_hash").on(t.hash)],
);
