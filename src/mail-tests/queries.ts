import { and, desc, eq } from "drizzle-orm";
import { db } from "../db/client.ts";
import { mails, smtpChecks } from "../db/schema.ts";

/** The last test mail that somebody asked for, as it fares. */
export const lastTest = async (userId: string) =>
  (
    await db
      .select()
      .from(mails)
      .where(and(eq(mails.subjectId, userId), eq(mails.kind, "mail_test")))
      .orderBy(desc(mails.createdAt))
      .limit(1)
  )[0];

/** The last time that somebody had the mail server tried. */
export const lastCheck = async () => (await db.select().from(smtpChecks).orderBy(desc(smtpChecks.askedAt)).limit(1))[0];
