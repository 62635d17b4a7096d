import { and, eq, getTableColumns, sql } from "drizzle-orm";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { mails } from "../db/schema.ts";
import { log } from "../log.ts";
import { type Brand, brandOf } from "./brand.ts";
import { type Letter, renderLetter } from "./render.ts";
import { transport } from "./transport.ts";

export type Mail = typeof mails.$inferSelect;

/** What a room knows about its mails: the letter, or nothing where its reason is gone (revoked, deleted). */
export type Compose = (mail: Mail) => Promise<Letter | undefined>;

/** Called after every change of a mail's state, so that the row it is about can show it (X7). */
export type Report = (mail: Mail) => Promise<void>;

interface SmtpError extends Error {
  responseCode?: number;
  response?: string;
  code?: string;
  command?: string;
}

/**
 * Hands one mail to the mail server. At least once: the Message-ID is the same at every try, so a second copy after a
 * crash can be recognised (R7, RFC 1047). 5xx for the recipient is final (R5); everything else throws and is tried again.
 */
export async function deliverMail(mailId: string, compose: Compose, report: Report, lastTry: boolean): Promise<void> {
  const mail = await claim(mailId);
  if (!mail) return reportAgain(mailId, report);

  // R25: after a backup was restored, what it had queued is old news.
  if (mail.tooOld) return settle(mail, report, { status: "failed", reply: "too old to be sent" });

  const letter = await compose(mail);
  if (!letter) return settle(mail, report, { status: "failed", reply: "not needed any more" });

  let reply: string;
  try {
    reply = await handOver(mail, letter);
  } catch (error) {
    return judge(mail, error as SmtpError, letter.to, report, lastTry);
  }
  // Outside of the try: what fails here is ours, and the mail is not sent again for it.
  await settle(mail, report, { status: "sent", sentTo: letter.to, reply });
}

async function handOver(mail: Mail, letter: Letter): Promise<string> {
  const brand = await brandOf(mail.accountId);
  const { subject, html, text } = await renderLetter(letter, brand);
  const sent = (await transport.sendMail({
    from: config.MAIL_FROM,
    to: { name: letter.toName ?? "", address: letter.to },
    subject,
    html,
    text,
    messageId: `<${mail.id}@${config.MAIL_DOMAIN}>`,
    headers: { "Auto-Submitted": "auto-generated" },
    attachments: brand?.logo ? [attached(brand.logo)] : [],
  })) as { response?: string };
  return sent.response ?? "";
}

const attached = ({ cid, filename, contentType, content }: NonNullable<Brand["logo"]>) => ({
  ...{ cid, filename, contentType, content },
  contentDisposition: "inline" as const,
});

/**
 * A mail that is settled already: whoever shows its state is told once more, in case that failed the first time. One
 * that another worker is sending right now is looked at again later.
 */
async function reportAgain(mailId: string, report: Report): Promise<void> {
  const [mail] = await db.select().from(mails).where(eq(mails.id, mailId));
  if (mail?.status === "sending") throw new Error("Another worker is sending this mail");
  if (mail) await report(mail);
}

/** R2, R3: whoever is sending has this long before another worker takes the mail over. */
const lapsed = sql`${mails.startedAt} < now() - make_interval(secs => ${config.WORKER_SILENT_SECONDS})`;

/** The mail, when it is to be sent and this try is the newest; a day after it was ordered, or let into the queue, it is too old. */
async function claim(mailId: string): Promise<(Mail & { tooOld: boolean }) | undefined> {
  const [mail] = await db
    .update(mails)
    .set({ status: "sending", attempts: sql`${mails.attempts} + 1`, startedAt: sql`now()` })
    .where(
      and(
        eq(mails.id, mailId),
        sql`(${mails.status} in ('queued', 'unknown') or (${mails.status} = 'sending' and ${lapsed}))`,
      ),
    )
    .returning({
      ...getTableColumns(mails),
      tooOld: sql<boolean>`coalesce(${mails.releasedAt}, ${mails.createdAt}) < now() - interval '1 day'`,
    });
  return mail;
}

async function judge(mail: Mail, error: SmtpError, to: string, report: Report, lastTry: boolean): Promise<void> {
  const reply = (error.response ?? error.message).slice(0, 500);
  const refused = error.responseCode !== undefined && error.responseCode >= 500 && error.code !== "EAUTH";
  if (refused) return settle(mail, report, { status: "bounced", sentTo: to, reply });

  if (error.code === "EAUTH")
    log.error({ mailId: mail.id, reply }, "the mail server refuses our sign-in: check SMTP_URL");
  const cutOff = error.command === "DATA" && error.responseCode === undefined;
  const status = lastTry ? "failed" : cutOff ? "unknown" : "queued";
  await settle(mail, report, { status, sentTo: to, reply });
  // T93: the server's words may name the recipient; they stand with the mail, not in the queue.
  if (!lastTry) throw new Error("The mail server has not taken the mail yet");
}

/**
 * Writes down how a try ended. R2: the number of the try fences it. A worker that was frozen, and whose mail another one
 * took over, changes nothing, and its job fails: the queue lets only its holder fail a job, but anybody complete it, and
 * the job is the heir's by now.
 */
async function settle(of: Mail, report: Report, state: Pick<Mail, "status" | "reply"> & { sentTo?: string }) {
  const [mail] = await db
    .update(mails)
    .set({ ...state, finishedAt: sql`now()` })
    .where(and(eq(mails.id, of.id), eq(mails.attempts, of.attempts)))
    .returning();
  if (!mail) throw new Error("Another worker has taken this mail over");
  await report(mail);
}
