import type { Actor } from "../access/actor.ts";
import { countTries } from "../access/limits.ts";
import type { EventName } from "../audit/events.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import type { Mailbox } from "../mailboxes/queries.ts";

const subjectOf = ({ id, name }: Mailbox) => ({ type: "mailbox", id, label: name }) as const;

/** X12: somebody looks into a mailbox. Written once for each person or program, mailbox and hour, before anything is shown. */
export function recordOpening(actor: Actor, mailbox: Mailbox): Promise<void> {
  const hour = { key: `mailbox-opened:${actor.clientId ?? actor.userId}:${mailbox.id}`, points: 1, seconds: 3600 };
  return db.transaction(async (tx) => {
    const [wait] = await countTries([hour], 1, tx);
    if (!wait) await recordEvent(tx, actor, "mailbox.opened", subjectOf(mailbox));
  });
}

/** What an event says about a message: enough for its owner to find it again, and nothing of what it says. */
interface Seen {
  folder: string;
  uid: number;
  messageId: string;
  /** Of an attachment. */
  file?: string;
  bytes?: number;
}

/** X12: a message, what it loads or what came with it is looked at. Written before it is shown: no view without its event. */
export function recordView(
  actor: Actor,
  mailbox: Mailbox,
  name: Extract<
    EventName,
    "mailbox.message_viewed" | "mailbox.remote_content_loaded" | "mailbox.attachment_downloaded"
  >,
  seen: Seen,
): Promise<void> {
  return db.transaction(async (tx) => {
    await recordEvent(tx, actor, name, subjectOf(mailbox), { after: { ...seen } });
  });
}
