import { and, eq, isNull, or, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent, recordEvents } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { mailboxPasswords } from "../db/schema.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { findPassword, nativeMailboxOf } from "./queries.ts";
import { passwordRights } from "./rights.ts";

/** Ends a password: the mail server refuses it from now on. One's own, or any where one manages or edits the mailbox. */
export function revokePassword(actor: Actor, mailboxId: string, passwordId: string) {
  return db.transaction(async (tx) => {
    const mailbox = await nativeMailboxOf(actor, mailboxId, tx);
    const password = await findPassword(tx, mailbox, passwordId);
    if (!passwordRights(actor, mailbox).all && password.userId !== actor.userId) {
      throw new Forbidden(t("You may revoke your own passwords only."));
    }
    const [ended] = await tx
      .update(mailboxPasswords)
      .set({ endedAt: sql`now()`, endedBy: actor.userId })
      .where(and(eq(mailboxPasswords.id, password.id), isNull(mailboxPasswords.endedAt)))
      .returning();
    if (!ended) throw new Conflict(t("This password was revoked already."));

    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    await recordEvent(tx, actor, "mailbox.password_revoked", subject, { before: { label: password.label } });
    return { mailbox, password: ended };
  });
}

/**
 * Ends every password in the account that somebody knows: their own, and those of mailboxes that they made. Whoever takes a
 * person's place away may do that: it only takes access away. One event each; returns how many.
 */
export async function endPasswordsOf(tx: Tx, actor: Actor, userId: string): Promise<number> {
  const ended = await tx
    .update(mailboxPasswords)
    .set({ endedAt: sql`now()`, endedBy: actor.userId })
    .where(
      and(
        eq(mailboxPasswords.accountId, actor.accountId),
        or(eq(mailboxPasswords.userId, userId), eq(mailboxPasswords.createdBy, userId)),
        isNull(mailboxPasswords.endedAt),
      ),
    )
    .returning({
      label: mailboxPasswords.label,
      id: mailboxPasswords.mailboxId,
      name: sql<string>`(select b.name from mailboxes b where b.id = ${mailboxPasswords.mailboxId})`,
    });
  const all = ended.map(({ label, id, name }) => ({
    subject: { type: "mailbox", id, label: name } as const,
    change: { before: { label } },
  }));
  await recordEvents(tx, actor, "mailbox.password_revoked", all);
  return ended.length;
}
