import { randomBytes } from "node:crypto";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { connectionBudget } from "./db/budget.ts";

const production = process.env.NODE_ENV === "production";
const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const port = (fallback: number) => z.coerce.number().int().min(1).max(65_535).default(fallback);

/** A value that production must be given, and development makes up. */
const needed = <T extends z.ZodType<string>>(schema: T, fallback: string) =>
  production ? schema : (schema.default(fallback as never) as unknown as T);

const list = z
  .string()
  .default("")
  .transform((text) => text.split(",").map((part) => part.trim()))
  .transform((parts) => parts.filter(Boolean));

/** `id:base64` pairs of 32-byte keys; the first encrypts, all decrypt. So a key rotates by being put in front. */
const encryptionKeys = z
  .string()
  .transform((text) => text.split(",").map((pair) => pair.trim().split(":")))
  .refine((pairs) => pairs.every(([id, key]) => id && key && Buffer.from(key, "base64").length === 32), {
    message: "expected id:base64 pairs of 32-byte keys, separated by commas",
  })
  .transform((pairs) => pairs.map(([id, key]) => ({ id: id ?? "", key: Buffer.from(key ?? "", "base64") })));

/** `ana@example.com` or `Ana <ana@example.com>`: anything else a mail server refuses only when the first mail goes out. */
const sender = /^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/;

/** What an address says behind its host: links are made by putting a path behind BASE_URL. */
function afterHost(url: string): string {
  const { pathname = "", search = "", hash = "" } = URL.canParse(url) ? new URL(url) : {};
  return `${pathname}${search}${hash}`;
}

export const environment = z
  .object({
    PORT: port(3000),
    BASE_URL: needed(
      z
        .url({
          protocol: production ? /^https$/ : /^https?$/,
          error: `expected ${production ? "https" : "http"}://host`,
        })
        .refine((url) => ["", "/"].includes(afterHost(url)), { error: "expected no path: Muster is at the root" }),
      "",
    ),
    DATABASE_URL: needed(z.url({ protocol: /^postgres(ql)?$/ }), "postgres://muster@127.0.0.1:5432/muster"),
    DATABASE_POOL_URL: z.union([z.literal(""), z.url({ protocol: /^postgres(ql)?$/ })]).default(""),
    DATABASE_SSL: z.enum(["off", "require", "verify"]).default("off"),
    DATABASE_POOL_SSL: z.enum(["off", "require", "verify"]).default("off"),
    DATABASE_CONNECTIONS: count(20),
    WEB_PROCESSES: count(1),
    WORKER_PROCESSES: count(1),
    SMTP_URL: needed(
      z.url({ protocol: /^smtps?$/, hostname: /./, error: "expected smtp://host:port or smtps://host:port" }),
      "smtp://127.0.0.1:2525",
    ),
    MAIL_FROM: needed(
      z.string().regex(sender, "expected an address, or a name and the address in <>"),
      "Muster <muster@muster.test>",
    ),
    MAIL_DOMAIN: needed(
      z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "expected a domain in small letters, such as example.com"),
      "muster.test",
    ),
    SESSION_SECRET: needed(z.string().min(32), randomBytes(32).toString("hex")),
    ENCRYPTION_KEYS: production
      ? encryptionKeys
      : encryptionKeys.prefault(`development:${Buffer.alloc(32, "muster").toString("base64")}`),
    DNS_SERVERS: list,
    DNS_PORT: port(53),
    DNS_TIMEOUT_MS: count(5_000),
    LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
    INBOX_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
    INBOX_FILE: z.string().default(""),
    NAME_SERVER_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
    NAME_SERVER_FILE: z.string().default(""),

    PASSWORD_MIN_LENGTH: z.coerce.number().int().min(8).max(64).default(12),
    PASSWORD_HASHES_AT_ONCE: count(3),
    SESSION_REMEMBER_DAYS: count(30),
    SIGN_INS_PER_MINUTE: count(5),
    SIGN_INS_PER_HOUR: count(20),
    SIGN_INS_PER_MINUTE_PER_IP: count(20),
    SIGN_INS_PER_HOUR_PER_IP: count(100),
    RESETS_PER_HOUR: count(3),
    RESETS_PER_HOUR_PER_IP: count(10),
    REGISTRATIONS_PER_MINUTE_PER_IP: count(20),
    INVITES_PER_HOUR: count(50),
    INVITES_PER_DAY_PER_ACCOUNT: count(500),
    INVITES_PER_HOUR_PER_ADDRESS: count(10),
    INVITE_PAUSE_MINUTES: count(5),
    PEOPLE_PER_BATCH: count(5000),
    MAILS_PER_SECOND: count(10),
    UPLOAD_MEGABYTES: count(25),
    UPLOAD_SECONDS: count(60),
    UPLOADS_PER_MINUTE: count(6),
    IMPORTS_PER_HOUR: count(30),
    IMPORT_ROWS: count(100_000),
    IMPORT_DAYS: count(30),
    PARSER_MEGABYTES: count(256),
    PARSER_SECONDS: count(120),
    REPORTS_PER_HOUR: count(10),
    REPORT_DAYS: count(7),
    OUTBOUND_ALLOW: list.refine(
      (networks) => networks.every((text) => ipaddr.isValid(text) || ipaddr.isValidCIDR(text)),
      {
        message: "expected addresses or networks such as 10.0.0.0/8, separated by commas",
      },
    ),
    OUTBOUND_TIMEOUT_MS: count(10_000),
    MAIL_SERVER_IMAP: z.union([z.literal(""), z.url({ protocol: /^imaps?$/ })]).default(""),
    MAIL_SERVER_HOST: z.string().default(""),
    WEBHOOK_DELAYS: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .default("5,300,1800,7200,18000,36000,50400,72000,86400")
      .transform((text) => text.split(",").map(Number)),
    WEBHOOK_FAILING_HOURS: count(120),
    API_CALLS_PER_MINUTE: count(600),
    API_CALLS_PER_MINUTE_PER_IP: count(1200),
    ACCESS_TOKEN_MINUTES: count(60),
    LOG_DAYS: count(30),
    STORAGE_HOURS: count(6),
    METRICS_TOKEN: z.union([z.literal(""), z.string().min(16)]).default(""),
    PAYMENT_MODULE: z.string().default(""),
    SMTP_CONNECT_MS: count(10_000),
    SMTP_SOCKET_MS: count(30_000),
    WORKER_CONCURRENCY: count(10),
    WORKER_SILENT_SECONDS: count(60),
  })
  .refine((env) => !production || connectionBudget(env) !== undefined, {
    path: ["DATABASE_CONNECTIONS"],
    error: "too few for so many web and worker processes (docs/operations.md, connections)",
  })
  .transform((env) => ({ ...env, BASE_URL: (env.BASE_URL || `http://localhost:${env.PORT}`).replace(/\/$/, "") }));

/** A variable that is set to nothing counts as not set: that is how `.env` files leave things out. */
const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ""));

export type Config = z.infer<typeof environment> & { production: boolean };

/** Reads the environment; in production names everything missing or malformed at once and ends the process. */
function readConfig(): Config {
  const read = environment.safeParse(given);
  if (read.success) return { ...read.data, production };

  const lines = read.error.issues.map(({ code, path, message }) => {
    const name = path.join(".");
    return `  ${name}: ${code === "invalid_type" && given[name] === undefined ? "is missing" : message}`;
  });
  process.stderr.write(
    `Muster cannot start. These settings are missing or malformed (.env.example explains each):\n${lines.join("\n")}\n`,
  );
  process.exit(1);
}

export const config = readConfig();
