import type { Actor } from "../access/actor.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import { contentOf, textsOf } from "../message-view/content.ts";
import { ticketFor, type View } from "../message-view/ticket.ts";
import { foldersOf } from "./folders.ts";
import type { ListQuery } from "./forms.ts";
import { messagesIn } from "./list.ts";
import { messageAt, messageWithQuestion } from "./message.ts";
import { inFolder } from "./reach.ts";
import { recordOpening, recordView } from "./record.ts";

/** The folders of a mailbox and one page of one of them; that somebody looked is in the log before they see it (X12). */
export async function openFolder(actor: Actor, mailbox: Mailbox, query: ListQuery) {
  const found = await inFolder(actor, mailbox, query.folder, async (client) => {
    const page = await messagesIn(client, query);
    return { folders: await foldersOf(client), ...page };
  });
  await recordOpening(actor, mailbox);
  return found;
}

/** The folders alone, for a program; written down likewise. */
export async function openFolders(actor: Actor, mailbox: Mailbox) {
  const found = await inFolder(actor, mailbox, "INBOX", foldersOf);
  await recordOpening(actor, mailbox);
  return found;
}

/** One page of a folder alone, for a program; written down likewise. */
export async function openList(actor: Actor, mailbox: Mailbox, query: ListQuery, size: number) {
  const found = await inFolder(actor, mailbox, query.folder, (client) => messagesIn(client, query, size));
  await recordOpening(actor, mailbox);
  return found;
}

/**
 * A message with what it says, for a program: its view is written down before anything of the content is asked for, and where
 * it cannot be written, nothing goes out (M12, X12).
 */
export function readMessage(actor: Actor, mailbox: Mailbox, at: { folder: string; uid: number }) {
  return inFolder(actor, mailbox, at.folder, async (client) => {
    const message = await messageAt(client, at.uid);
    await recordView(actor, mailbox, "mailbox.message_viewed", { ...at, messageId: message.messageId });
    return { message, texts: await textsOf(client, at.uid, message.parts) };
  });
}

/**
 * A message, with the ticket for the frame that shows its content: with `remote`, pictures from other servers too. Who
 * looked at what is in the log before anything of it goes out (M12, X12); where it cannot be written, nothing does.
 */
export async function openMessage(
  actor: Actor,
  mailbox: Mailbox,
  at: { folder: string; uid: number },
  remote: boolean,
) {
  const { message, asks } = await inFolder(actor, mailbox, at.folder, (client) => messageWithQuestion(client, at.uid));
  const event = remote ? "mailbox.remote_content_loaded" : "mailbox.message_viewed";
  await recordView(actor, mailbox, event, { ...at, messageId: message.messageId });
  return { message, asks, ticket: ticketFor(actor, { mailboxId: mailbox.id, ...at, remote }) };
}

/** What stands in the frame of a message, for whoever holds a ticket: its view was written down with that. */
export function contentFor(actor: Actor, mailbox: Mailbox, { folder, uid, remote }: View) {
  return inFolder(actor, mailbox, folder, async (client) => {
    const { parts } = await messageAt(client, uid);
    return { ...(await contentOf(client, uid, parts, remote)), remote };
  });
}
