import { createTransport } from "nodemailer";
import { config } from "../config.ts";

/** One pooled connection to the operator's mail server, bounded in time everywhere (R6). */
export const transport = createTransport({
  url: config.SMTP_URL,
  pool: true,
  maxConnections: 5,
  connectionTimeout: config.SMTP_CONNECT_MS,
  greetingTimeout: config.SMTP_CONNECT_MS,
  socketTimeout: config.SMTP_SOCKET_MS,
  disableFileAccess: true,
  disableUrlAccess: true,
} as never);
