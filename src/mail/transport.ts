import { createTransport } from "nodemailer";
import { config } from "../config.ts";

/** One pooled connection to the operator's mail server, bounded in time everywhere (R6). */
export const transport = createTransport({
  url: config.SMTP_URL,
  pool: true,
  maxConnections: 5,
  connectionTimeout: Number(process.env.SMTP_CONNECT_MS ?? 10_000),
  greetingTimeout: Number(process.env.SMTP_CONNECT_MS ?? 10_000),
  socketTimeout: Number(process.env.SMTP_SOCKET_MS ?? 30_000),
  disableFileAccess: true,
  disableUrlAccess: true,
} as never);
