import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { domainRule } from "../belonging/rule.ts";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { mailboxes, nativeAddress } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertRoomForMailboxes } from "../plans/room.ts";
import { isSomebodyElses, meansMore, speaksForDomain } from "../registration/personal-mailbox.ts";

export interface NewMailbox {
  name: string;
  /** Canonical, in MAIL_DOMAIN or an active domain of the account. */
  address: string;
  /** Null: as much as the mail server allows. */
  quotaMegabytes?: number | null;
}

/**
 * Makes a native mailbox (M13). An address is unique in the whole instance, and in MAIL_DOMAIN, which is nobody's alone, some
 * speak for all of it. One that somebody else signs in with, or is invited at, is taken too: links to a new password must not
 * come into this mailbox. Throws Invalid about `local` or `domain`.
 */
export function createMailbox(actor: Actor, { name, address, quotaMegabytes = null }: NewMailbox) {
  const shared = address.endsWith(`@${config.MAIL_DOMAIN}`);
  if (shared && speaksForDomain(address)) {
    throw new Invalid("local", t("This address speaks for the whole domain and cannot be taken. Choose another."));
  }
  if (meansMore(address)) throw new Invalid("local", t("An address that mail is kept under has no + and no * in it."));
  const taken = () => new Invalid("local", t("This address is taken already. Choose another."));
  return db.transaction(async (tx) => {
    if (!shared) await holdOwnDomain(tx, actor, address);
    await assertRoomForMailboxes(tx, actor.accountId);
    if (await isSomebodyElses(tx, address, actor.email)) throw taken();
    const [mailbox] = await tx
      .insert(mailboxes)
      .values({ accountId: actor.accountId, kind: "native", name, address, quotaMegabytes })
      .onConflictDoNothing({ target: mailboxes.address, where: nativeAddress })
      .returning();
    if (!mailbox) throw taken();

    const subject = { type: "mailbox", id: mailbox.id, label: name } as const;
    await recordEvent(tx, actor, "mailbox.created", subject, {
      after: { name, address, kind: mailbox.kind, ...(quotaMegabytes ? { quotaMegabytes } : {}) },
    });
    return mailbox;
  });
}

/** The domain stays as it is until the transaction ends: a deactivation waits (A40). */
async function holdOwnDomain(tx: Tx, actor: Actor, address: string): Promise<void> {
  const rule = await domainRule(tx, address, { hold: true });
  if (rule.kind === "open" && rule.accountId === actor.accountId) return;
  throw new Invalid("domain", t("Choose one of the domains. It has to be active in this account."));
}
