import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { speaksForDomain } from "../registration/personal-mailbox.ts";

/** Makes a native mailbox in MAIL_DOMAIN. An address is unique in the whole instance, and some speak for all of it. */
export function createMailbox(actor: Actor, input: { name: string; local: string }) {
  const { name, local: address } = input;
  if (speaksForDomain(address)) {
    throw new Invalid("local", t("This address speaks for the whole domain and cannot be taken. Choose another."));
  }
  return db.transaction(async (tx) => {
    const [mailbox] = await tx
      .insert(mailboxes)
      .values({ accountId: actor.accountId, kind: "native", name, address })
      .onConflictDoNothing({ target: mailboxes.address })
      .returning();
    if (!mailbox) throw new Invalid("local", t("This address is taken already. Choose another."));

    const subject = { type: "mailbox", id: mailbox.id, label: name } as const;
    await recordEvent(tx, actor, "mailbox.created", subject, { after: { name, address, kind: mailbox.kind } });
    return mailbox;
  });
}
