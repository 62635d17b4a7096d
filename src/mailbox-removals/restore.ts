import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { findMailbox, lockMailbox, type Mailbox } from "../mailboxes/queries.ts";
import { assertRoomForMailboxes } from "../plans/room.ts";

/** Whether it was archived before it was deleted: then it is again, and takes no place in the plan. */
const wasArchived = ({ archivedAt, deletedAt }: Mailbox) => Boolean(archivedAt && deletedAt && archivedAt < deletedAt);

/**
 * Takes a deletion back within its 30 days: the mailbox is as it was, and access that was kept counts again. Where the plan
 * is full by now it throws PlanFull, and where its address is connected once more, Conflict.
 */
export function restoreDeleted(actor: Actor, mailboxId: string): Promise<Mailbox> {
  return db.transaction(async (tx) => {
    const found = await findMailbox(tx, actor.accountId, mailboxId);
    if (!wasArchived(found)) await assertRoomForMailboxes(tx, actor.accountId);
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    if (!mailbox.deletedAt) throw new Conflict(t("This mailbox is not deleted."));
    await assertAddressFree(tx, mailbox);

    const [restored] = await tx
      .update(mailboxes)
      .set({
        deletedAt: null,
        deletedBy: null,
        ...(wasArchived(mailbox) ? {} : { archivedAt: null }),
        version: sql`${mailboxes.version} + 1`,
      })
      .where(eq(mailboxes.id, mailbox.id))
      .returning();
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    const change = { before: { deleted: true }, after: { deleted: false } };
    await recordEvent(tx, actor, "mailbox.restored", subject, change);
    return restored!;
  });
}

/** A native address is kept for the 30 days; the same box elsewhere may have been connected a second time. */
async function assertAddressFree(tx: Tx, mailbox: Mailbox): Promise<void> {
  if (mailbox.kind === "native") return;
  const [other] = await tx
    .select({ name: mailboxes.name })
    .from(mailboxes)
    .where(
      and(
        eq(mailboxes.accountId, mailbox.accountId),
        eq(mailboxes.kind, "imap"),
        eq(mailboxes.address, mailbox.address),
        isNull(mailboxes.deletedAt),
        ne(mailboxes.id, mailbox.id),
      ),
    );
  if (!other) return;
  throw new Conflict(
    t("“{name}” has the address {address} by now. Delete that mailbox first.", {
      name: other.name,
      address: mailbox.address,
    }),
  );
}
