import { and, eq } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { imapSources } from "../db/boxes.ts";
import { db, type Reader } from "../db/client.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { ImapSource } from "../imap/sources.ts";
import { findMailbox, type Mailbox } from "../mailboxes/queries.ts";

/** Who may change how a mailbox is reached: those who edit all of them, and who manages this one. */
export const mayConnect = (actor: Actor, mailboxId: string): boolean =>
  can(actor, "mailboxes.edit") || can(actor, "mailbox.manage", mailboxId);

/** A mailbox that is hosted elsewhere, for who may change its connection; a native one: 409. `source`: its way there so far. */
export async function connectionOf(
  actor: Actor,
  mailboxId: string,
  reader: Reader = db,
): Promise<{ mailbox: Mailbox; source: ImapSource | undefined }> {
  const mailbox = await findMailbox(reader, actor.accountId, mailboxId);
  if (!mayConnect(actor, mailbox.id)) throw new Forbidden(t("You may not change how this mailbox is reached."));
  if (mailbox.kind !== "imap") throw new Conflict(t("This mailbox is hosted here: there is no connection to change."));
  const [source] = await reader
    .select()
    .from(imapSources)
    .where(and(eq(imapSources.accountId, actor.accountId), eq(imapSources.mailboxId, mailbox.id)));
  return { mailbox, source };
}
