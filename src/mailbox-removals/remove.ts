import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { canonicalAddress } from "../access/address.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMailbox, type Mailbox } from "../mailboxes/queries.ts";
import { endAccessTo, handAccessOver } from "./access.ts";
import type { AccessChoice } from "./forms.ts";

export interface Removal {
  /** The confirmation: the mailbox's name, or its address. */
  name: string;
  access: AccessChoice;
  /** The address of the mailbox that takes the access over. */
  target?: string;
}

/**
 * Deletes a mailbox (M14): nobody reaches it, mail to it is refused, and it counts against no plan. For 30 days it can be
 * restored as it was; then its address is free. Access that is kept gives nothing meanwhile, as while it is archived.
 */
export function removeMailbox(actor: Actor, mailboxId: string, removal: Removal): Promise<Mailbox> {
  return db.transaction(async (tx) => {
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    if (mailbox.deletedAt) throw new Conflict(t("This mailbox is deleted already."));
    if (![mailbox.name, mailbox.address].some((name) => same(name, removal.name))) {
      throw new Invalid("name", t("Type the name of the mailbox exactly: {name}", { name: mailbox.name }));
    }
    const after = await settleAccess(tx, actor, mailbox, removal);
    // Archived with the same instant: what was archived before is archived again after a restoration.
    const [deleted] = await tx
      .update(mailboxes)
      .set({
        deletedAt: sql`now()`,
        deletedBy: actor.userId,
        archivedAt: sql`coalesce(${mailboxes.archivedAt}, now())`,
        version: sql`${mailboxes.version} + 1`,
      })
      .where(eq(mailboxes.id, mailbox.id))
      .returning();
    const { id, name, address, kind } = mailbox;
    await recordEvent(
      tx,
      actor,
      "mailbox.deleted",
      { type: "mailbox", id, label: name },
      {
        before: { name, address, kind },
        after,
      },
    );
    return deleted!;
  });
}

const same = (name: string, typed: string) => name.trim().toLowerCase() === typed.trim().toLowerCase();

/** What became of the access, as the event keeps it: whose ended, and which mailbox took it over. */
async function settleAccess(tx: Tx, actor: Actor, mailbox: Mailbox, { access, target = "" }: Removal) {
  if (access === "keep") return undefined;
  if (access === "end") return { people: await endAccessTo(tx, actor, mailbox) };
  const handed = await handAccessOver(tx, actor, mailbox, canonicalAddress(target) ?? "");
  const subject = { type: "mailbox", id: handed.target.id, label: handed.target.name } as const;
  const change = { after: { from: mailbox.address, people: handed.people } };
  await recordEvent(tx, actor, "mailbox.access_handed_over", subject, change);
  return { heir: handed.target.address, people: handed.people };
}
