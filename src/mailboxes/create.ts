import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxes, nativeAddress } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertRoomForMailboxes } from "../plans/room.ts";
import { isSomebodyElses, speaksForDomain } from "../registration/personal-mailbox.ts";

/**
 * Makes a native mailbox in MAIL_DOMAIN. An address is unique in the whole instance, and some speak for all of it. One that
 * somebody else signs in with, or is invited at, is taken too: links to a new password must not come into this mailbox.
 */
export function createMailbox(actor: Actor, input: { name: string; local: string }) {
  const { name, local: address } = input;
  if (speaksForDomain(address)) {
    throw new Invalid("local", t("This address speaks for the whole domain and cannot be taken. Choose another."));
  }
  const taken = () => new Invalid("local", t("This address is taken already. Choose another."));
  return db.transaction(async (tx) => {
    await assertRoomForMailboxes(tx, actor.accountId);
    if (await isSomebodyElses(tx, address, actor.email)) throw taken();
    const [mailbox] = await tx
      .insert(mailboxes)
      .values({ accountId: actor.accountId, kind: "native", name, address })
      .onConflictDoNothing({ target: mailboxes.address, where: nativeAddress })
      .returning();
    if (!mailbox) throw taken();

    const subject = { type: "mailbox", id: mailbox.id, label: name } as const;
    await recordEvent(tx, actor, "mailbox.created", subject, { after: { name, address, kind: mailbox.kind } });
    return mailbox;
  });
}
