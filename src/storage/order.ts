import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { db } from "../db/client.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { mayConnect } from "../imap-mailboxes/queries.ts";
import { findMailbox } from "../mailboxes/queries.ts";
import { measureSoon } from "./ask.ts";

/** "Measure now": one mailbox, at once. Nothing changes that the log would keep; somebody else's server is asked, so it is counted. */
export async function orderMeasurement(actor: Actor, mailboxId: string) {
  const mailbox = await findMailbox(db, actor.accountId, mailboxId);
  if (!mayConnect(actor, mailbox.id)) throw new Forbidden(t("You may not have this mailbox measured."));
  if (mailbox.archivedAt) throw new Conflict(t("This mailbox is archived. Restore it first."));
  await assertWithin([{ key: `measure:${mailbox.id}`, points: 10, seconds: 600 }]);
  await db.transaction((tx) => measureSoon(tx, { mailboxId: mailbox.id, accountId: actor.accountId }));
  return mailbox;
}
