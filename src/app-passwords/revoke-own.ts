import { and, eq, isNull, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxes, mailboxPasswords } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";

/**
 * Ends one of somebody's own passwords for mail programs, in whichever account it is, and whether or not they still have
 * anything to do with the mailbox. It stands in the mailbox's history.
 */
export function revokeOwnPassword(person: Person, passwordId: string) {
  return db.transaction(async (tx) => {
    const own = and(eq(mailboxPasswords.id, uuidOr404(passwordId)), eq(mailboxPasswords.userId, person.userId));
    const [password] = await tx.select().from(mailboxPasswords).where(own).for("update");
    if (!password) throw new NotFound();
    if (password.endedAt) throw new Conflict(t("This password was revoked already."));
    await tx
      .update(mailboxPasswords)
      .set({ endedAt: sql`now()`, endedBy: person.userId })
      .where(and(own, isNull(mailboxPasswords.endedAt)));
    const [mailbox] = await tx.select().from(mailboxes).where(eq(mailboxes.id, password.mailboxId));
    const subject = { type: "mailbox", id: mailbox!.id, label: mailbox!.name } as const;
    const author = { ...person, accountId: password.accountId };
    await recordEvent(tx, author, "mailbox.password_revoked", subject, { before: { label: password.label } });
    return password;
  });
}
