import { and, eq, inArray, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mails } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { enqueue } from "../queue.ts";

/** Sends a mail again that did not arrive: what it says, and to whom, is as its reason stands now. 409 where it is under way or did arrive. */
export function resendMail(person: Person, mailId: string): Promise<string> {
  const id = uuidOr404(mailId);
  return db.transaction(async (tx) => {
    const [mail] = await tx
      .update(mails)
      .set({ status: "queued", held: false, finishedAt: null, releasedAt: sql`now()` })
      .where(and(eq(mails.id, id), inArray(mails.status, ["failed", "bounced", "unknown"])))
      .returning();
    if (!mail) {
      const [there] = await tx.select({ id: mails.id }).from(mails).where(eq(mails.id, id));
      if (!there) throw new NotFound();
      throw new Conflict(t("This mail is on its way, or has arrived already."));
    }
    await enqueue(tx, "send_mail", { mailId: id }, { maxAttempts: 9 });
    const subject = { type: "instance" as const, id, label: mail.kind };
    await recordEvent(tx, { ...person, accountId: null }, "mail.sent_again", subject);
    return id;
  });
}
