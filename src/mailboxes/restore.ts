import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertRoomForMailboxes } from "../plans/room.ts";
import { findMailbox, lockMailbox } from "./queries.ts";

/** Brings an archived mailbox back: whoever had access to it has it again. It counts from now on, so the plan needs room for it. */
export function restoreMailbox(actor: Actor, mailboxId: string) {
  return db.transaction(async (tx) => {
    await findMailbox(tx, actor.accountId, mailboxId);
    await assertRoomForMailboxes(tx, actor.accountId);
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    if (mailbox.deletedAt) throw new Conflict(t("This mailbox is deleted. Restore it from its deletion."));
    if (!mailbox.archivedAt) throw new Conflict(t("This mailbox is not archived."));

    const [restored] = await tx
      .update(mailboxes)
      .set({ archivedAt: null, version: sql`${mailboxes.version} + 1` })
      .where(and(eq(mailboxes.accountId, actor.accountId), eq(mailboxes.id, mailbox.id)))
      .returning();
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    await recordEvent(tx, actor, "mailbox.restored", subject, {
      before: { archived: true },
      after: { archived: false },
    });
    return restored!;
  });
}
