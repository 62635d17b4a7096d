import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxPasswords } from "../db/schema.ts";
import { Conflict, Forbidden, Invalid, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMailbox } from "../mailboxes/queries.ts";
import { countPasswords, mostPasswords } from "./queries.ts";
import { passwordRights, type Whose } from "./rights.ts";
import { hashOfSecret, newSecret } from "./secret.ts";

/**
 * Makes a password with which a mail program signs in to a mailbox that is hosted here. Returns it: it is kept nowhere and
 * shown once. The mail server takes it from its next query on. Its making stands in the mailbox's history (X12).
 */
export function createPassword(actor: Actor, mailboxId: string, { label, whose }: { label: string; whose: Whose }) {
  return db.transaction(async (tx) => {
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    if (mailbox.kind !== "native") throw new NotFound();
    if (mailbox.archivedAt) throw new Conflict(t("This mailbox is archived. Restore it first."));
    if (!passwordRights(actor, mailbox).choices.includes(whose)) {
      throw new Forbidden(t("You may not make this password: it lets a mail program do more than you may."));
    }
    if ((await countPasswords(tx, mailbox)) >= mostPasswords) {
      throw new Invalid(
        "form",
        t("A mailbox has at most {count} passwords. Revoke one first.", { count: mostPasswords }),
      );
    }

    const secret = newSecret();
    await tx.insert(mailboxPasswords).values({
      accountId: actor.accountId,
      mailboxId: mailbox.id,
      userId: whose === "own" ? actor.userId : null,
      label,
      hash: hashOfSecret(secret),
      createdBy: actor.userId,
    });
    const holder = whose === "own" ? actor.email : mailbox.address;
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    await recordEvent(tx, actor, "mailbox.password_created", subject, { after: { label, holder } });
    return { mailbox, secret, label };
  });
}
