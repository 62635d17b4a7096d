import type { Followed } from "../event-stream/follow.ts";

/** What a receiver gets, by Standard Webhooks 1.0: what happened, when, and the facts that the audit log shows. */
export interface Message extends Record<string, unknown> {
  type: string;
  /** ISO 8601, UTC: when it happened, not when it is sent. */
  timestamp: string;
  data: {
    /** The event's number in the audit log; null for a test. */
    id: number | null;
    accountId: string;
    /** Who did it; without an id it was Muster itself, or somebody behind a mailed link. */
    actor: { id: string | null; label: string };
    subject: { type: string; id: string; label: string };
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
  };
}

/** The message about an event. No address, request or session of whoever did it: that stays in the audit log. */
export const messageOf = (event: Followed): Message => ({
  type: event.name,
  timestamp: event.at.toISOString(),
  data: {
    id: event.id,
    accountId: event.accountId!,
    actor: { id: event.actorId, label: event.actorLabel },
    subject: { type: event.subjectType, id: event.subjectId, label: event.subjectLabel },
    before: event.before,
    after: event.after,
  },
});

/** The type of a test: it is no event, and nothing has happened. */
export const testType = "webhook.test";

/**
 * The text that is signed and sent, the same at every try: the database keeps no order of keys, so it is given here.
 * `spaces` for people who read it.
 */
export function bodyOf({ type, timestamp, data }: Message, spaces?: number): string {
  const { id, accountId, actor, subject, before = null, after = null } = data;
  const about = { type: subject.type, id: subject.id, label: subject.label };
  const by = { id: actor.id, label: actor.label };
  const ordered = { id, accountId, actor: by, subject: about, before, after };
  return JSON.stringify({ type, timestamp, data: ordered }, undefined, spaces);
}
