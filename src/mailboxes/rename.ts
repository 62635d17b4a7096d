import { and, eq, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Conflict, Forbidden, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMailbox } from "./queries.ts";

/** Gives a mailbox another name; its address stays. For those who edit mailboxes, and for who manages this one. */
export function renameMailbox(actor: Actor, mailboxId: string, input: { name: string; version: number }) {
  return db.transaction(async (tx) => {
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    if (!can(actor, "mailboxes.edit") && !can(actor, "mailbox.manage", mailbox.id)) {
      throw new Forbidden(t("You may not rename this mailbox."));
    }
    if (mailbox.deletedAt) throw new Conflict(t("This mailbox is deleted. Restore it from its deletion."));
    if (mailbox.version !== input.version)
      throw new Stale(t("Somebody else changed this mailbox while you were editing it."));
    if (mailbox.name === input.name) return mailbox;

    const [renamed] = await tx
      .update(mailboxes)
      .set({ name: input.name, version: sql`${mailboxes.version} + 1` })
      .where(and(eq(mailboxes.accountId, actor.accountId), eq(mailboxes.id, mailbox.id)))
      .returning();
    const subject = { type: "mailbox", id: mailbox.id, label: input.name } as const;
    const change = { before: { name: mailbox.name }, after: { name: input.name } };
    await recordEvent(tx, actor, "mailbox.renamed", subject, change);
    return renamed!;
  });
}
