import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Conflict, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMailbox } from "./queries.ts";

/** Archives a mailbox: its grants stay and give nothing until it is restored (X3). */
export function archiveMailbox(actor: Actor, mailboxId: string, input: { version: number }) {
  return db.transaction(async (tx) => {
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    if (mailbox.archivedAt) throw new Conflict(t("This mailbox is archived already."));
    if (mailbox.version !== input.version)
      throw new Stale(t("Somebody else changed this mailbox while you were looking at it."));

    const [archived] = await tx
      .update(mailboxes)
      .set({ archivedAt: sql`now()`, version: sql`${mailboxes.version} + 1` })
      .where(and(eq(mailboxes.accountId, actor.accountId), eq(mailboxes.id, mailbox.id)))
      .returning();
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    await recordEvent(tx, actor, "mailbox.archived", subject, {
      before: { archived: false },
      after: { archived: true },
    });
    return archived!;
  });
}
