import { and, eq, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Conflict, Forbidden, Invalid, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { measureSoon } from "../storage/ask.ts";
import { lockMailbox, type Mailbox } from "./queries.ts";

export interface MailboxChange {
  name?: string | undefined;
  /** Null: as much as the mail server allows. Of a native mailbox only. */
  quotaMegabytes?: number | null | undefined;
  /** The version that was looked at. */
  version: number;
}

/**
 * Gives a mailbox another name or another quota; its address stays. The name is for those who edit mailboxes and for who manages
 * this one, the quota for those who edit mailboxes: whoever manages one does not give it room. What is not said stays as it is. Throws Forbidden, Conflict
 * where it is deleted, Stale, and Invalid about `quotaMegabytes` where another server keeps it.
 */
export function changeMailbox(actor: Actor, mailboxId: string, { version, ...wanted }: MailboxChange) {
  return db.transaction(async (tx) => {
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    assertAllowed(actor, mailbox, wanted);
    if (mailbox.deletedAt) throw new Conflict(t("This mailbox is deleted. Restore it from its deletion."));
    if (mailbox.version !== version)
      throw new Stale(t("Somebody else changed this mailbox while you were editing it."));
    if (wanted.quotaMegabytes !== undefined && mailbox.kind !== "native")
      throw new Invalid("quotaMegabytes", t("How much this mailbox may hold is set where it is hosted."));

    const { name = mailbox.name, quotaMegabytes = mailbox.quotaMegabytes } = wanted;
    const renamed = name !== mailbox.name;
    const resized = quotaMegabytes !== mailbox.quotaMegabytes;
    if (!renamed && !resized) return mailbox;
    const changed = await keep(tx, mailbox, { name, quotaMegabytes });
    // What was measured says how much fits, too: of another quota it would be wrong for hours.
    if (resized && !mailbox.archivedAt && config.MAIL_SERVER_IMAP)
      await measureSoon(tx, { mailboxId: mailbox.id, accountId: mailbox.accountId });
    await recordEvent(
      tx,
      actor,
      resized ? "mailbox.settings_changed" : "mailbox.renamed",
      { type: "mailbox", id: mailbox.id, label: name },
      {
        before: { ...(renamed && { name: mailbox.name }), ...(resized && { quotaMegabytes: mailbox.quotaMegabytes }) },
        after: { ...(renamed && { name }), ...(resized && { quotaMegabytes }) },
      },
    );
    return changed;
  });
}

function assertAllowed(actor: Actor, { id }: Mailbox, { quotaMegabytes }: Omit<MailboxChange, "version">): void {
  if (can(actor, "mailboxes.edit")) return;
  if (!can(actor, "mailbox.manage", id)) throw new Forbidden(t("You may not rename this mailbox."));
  if (quotaMegabytes !== undefined) throw new Forbidden(t("You may not change how much this mailbox may hold."));
}

async function keep(tx: Tx, { accountId, id }: Mailbox, values: { name: string; quotaMegabytes: number | null }) {
  const [changed] = await tx
    .update(mailboxes)
    .set({ ...values, version: sql`${mailboxes.version} + 1` })
    .where(and(eq(mailboxes.accountId, accountId), eq(mailboxes.id, id)))
    .returning();
  return changed!;
}
