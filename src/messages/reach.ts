import type { ImapFlow } from "imapflow";
import { type Actor, can } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { Conflict, Forbidden, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { ImapError, imapWords } from "../imap/error.ts";
import { type GoOn, type WorkLimits, withMailbox } from "../imap/with-mailbox.ts";
import { findMailbox, type Mailbox } from "../mailboxes/queries.ts";

/** A mailbox whose messages the actor may read: a neighbour's or none 404, without the right on it 403, archived 409. */
export async function readableMailbox(actor: Actor, id: string): Promise<Mailbox> {
  const mailbox = await findMailbox(db, actor.accountId, id);
  if (!can(actor, "messages.read", mailbox.id))
    throw new Forbidden(t("You may not read the messages of this mailbox."));
  if (mailbox.archivedAt || mailbox.deletedAt)
    throw new Conflict(t("This mailbox is archived. Its messages can be read again once it is restored."));
  return mailbox;
}

/**
 * Opens a folder for reading only, so that nothing is marked as read, and does the work in it. A folder that is not there:
 * 404. Throws ImapError where the mail server cannot be reached.
 */
export async function inFolder<T>(
  actor: Actor,
  mailbox: Mailbox,
  folder: string,
  work: (client: ImapFlow, goOn: GoOn) => Promise<T>,
  limits?: WorkLimits,
): Promise<T> {
  const found = await withMailbox(
    actor,
    mailbox,
    async (client, goOn) => {
      const lock = await client
        .getMailboxLock(folder, { readOnly: true })
        .catch((error: { mailboxMissing?: boolean }) => {
          if (error.mailboxMissing) return undefined;
          throw error;
        });
      if (!lock) return undefined;
      try {
        return { result: await work(client, goOn) };
      } finally {
        lock.release();
      }
    },
    limits,
  );
  if (!found) throw new NotFound(t("This folder is not in the mailbox, or not any more."));
  return found.result;
}

/** What came of asking the mail server, or in words why it could not be asked. */
export async function reached<T>(asking: Promise<T>): Promise<{ found: T } | { found: undefined; failure: string }> {
  try {
    return { found: await asking };
  } catch (error) {
    if (!(error instanceof ImapError)) throw error;
    return { found: undefined, failure: imapWords(error.code) };
  }
}
