import { and, eq, isNull, sql } from "drizzle-orm";
import { createTransport } from "nodemailer";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { smtpChecks } from "../db/schema.ts";
import { log } from "../log.ts";

interface SmtpError extends Error {
  responseCode?: number;
  response?: string;
}

/** Reaches the mail server and signs in there, and keeps what it said. A check that is answered already is left alone. */
export async function tryServer(checkId: string): Promise<void> {
  const [open] = await db
    .select()
    .from(smtpChecks)
    .where(and(eq(smtpChecks.id, checkId), isNull(smtpChecks.finishedAt)));
  if (!open) return;
  const answer = await connect();
  if (answer.outcome !== "reached")
    log.error({ reply: answer.reply }, "the mail server was checked, and cannot be used");
  await db
    .update(smtpChecks)
    .set({ ...answer, finishedAt: sql`now()` })
    .where(and(eq(smtpChecks.id, checkId), isNull(smtpChecks.finishedAt)));
}

async function connect(): Promise<{ outcome: "reached" | "refused" | "away"; reply: string }> {
  const transport = createTransport({
    url: config.SMTP_URL,
    connectionTimeout: config.SMTP_CONNECT_MS,
    greetingTimeout: config.SMTP_CONNECT_MS,
    socketTimeout: config.SMTP_SOCKET_MS,
  } as never);
  try {
    await transport.verify();
    return { outcome: "reached", reply: "" };
  } catch (error) {
    const { response, message, responseCode } = error as SmtpError;
    return { outcome: responseCode ? "refused" : "away", reply: withoutSecret(response ?? message).slice(0, 500) };
  } finally {
    transport.close();
  }
}

/** T70: a server may say our own words back to us. */
function withoutSecret(text: string): string {
  const secret = decodeURIComponent(new URL(config.SMTP_URL).password);
  return secret ? text.replaceAll(secret, "[…]") : text;
}
