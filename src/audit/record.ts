import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { events } from "../db/schema.ts";
import type { EventName } from "./events.ts";

/** What the event happened to: enough to find it again, and to read the log when it is gone. */
export interface Subject {
  type:
    | "instance"
    | "account"
    | "user"
    | "member"
    | "role"
    | "mailbox"
    | "group"
    | "domain"
    | "session"
    | "import"
    | "report"
    | "client"
    | "token"
    | "connector"
    | "webhook"
    | "plan"
    | "log";
  id: string;
  label: string;
}

export interface Change {
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

/** What of these fields differs between two states of a row, as an event keeps it; lists are compared by what is in them. */
export function changeOf<T extends object>(
  before: T,
  after: T,
  fields: readonly (keyof T & string)[],
): Required<Change> {
  const changed = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  const only = (row: T) => Object.fromEntries(changed.map((field) => [field, row[field]]));
  return { before: only(before), after: only(after) };
}

/** Who did it: an actor of the account, or a person acting for themselves. */
export type Author = Pick<Actor, "userId" | "label" | "requestId" | "ip" | "onChange"> & { accountId: string | null };

/** Writes one event with the change it is about. It takes a transaction, so outside of one it does not compile. */
export async function recordEvent(tx: Tx, actor: Author, name: EventName, subject: Subject, change: Change = {}) {
  later(tx, (tx) => tx.insert(events).values(eventRow(actor, name, subject, change)));
  await actor.onChange?.(tx, subject.id);
}

/** The same for many at once: one statement. */
export async function recordEvents(
  tx: Tx,
  actor: Author,
  name: EventName,
  all: { subject: Subject; change?: Change }[],
) {
  if (all.length === 0) return;
  const rows = all.map(({ subject, change }) => eventRow(actor, name, subject, change ?? {}));
  later(tx, (tx) => tx.insert(events).values(rows));
  await actor.onChange?.(tx, all[0]!.subject.id);
}

/**
 * The statement that writes an event for each row of a query, which selects id, label, before and after (jsonb): for
 * statements that do several things at once. Account and author may be columns of the query, which is then called `f`.
 */
export const insertEventsOf = (
  actor: Omit<Author, "accountId" | "label"> & { accountId: string | null | SQL; label: string | SQL },
  name: EventName,
  type: Subject["type"],
  found: SQL,
): SQL => sql`
    insert into events (account_id, actor_id, actor_label, name, subject_type, subject_id, subject_label, before, after,
      request_id, ip)
    select ${actor.accountId}::uuid, ${actor.userId}::uuid, ${actor.label}::text, ${name}::text, ${type}::text,
      f.id, f.label, f.before, f.after, ${actor.requestId ?? null}::text, ${actor.ip ?? null}::text
    from (${found}) f`;

/**
 * The same for as many as a query finds, without a row passing through this process. The query selects id, label, before
 * and after (jsonb). What follows in the transaction does not wait for it.
 */
export async function recordEventsOf(tx: Tx, actor: Author, name: EventName, type: Subject["type"], found: SQL) {
  const named = sql`select id, label, before, after from (${found}) x (id, label, before, after)`;
  later(tx, (tx) => tx.execute(insertEventsOf(actor, name, type, named)));
}

const eventRow = (actor: Author, name: EventName, subject: Subject, change: Change) => ({
  accountId: actor.accountId,
  actorId: actor.userId,
  actorLabel: actor.label,
  name,
  subjectType: subject.type,
  subjectId: subject.id,
  subjectLabel: subject.label,
  before: change.before ?? null,
  after: change.after ?? null,
  requestId: actor.requestId ?? null,
  ip: actor.ip ?? null,
});
