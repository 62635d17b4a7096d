import { and, desc, eq, ilike, inArray, lt, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { type EventName, eventNames } from "../audit/events.ts";
import { db } from "../db/client.ts";
import { events } from "../db/schema.ts";
import { Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { findMailbox, type Mailbox } from "../mailboxes/queries.ts";
import { type AccessChange, accessChanges } from "./access.ts";
import { containing, within } from "./bounds.ts";
import type { ActivityPlace, ActivityQuery } from "./forms.ts";

/** Somebody looked into the mailbox, or took something out of it. */
const looks: EventName[] = [
  "mailbox.opened",
  "mailbox.message_viewed",
  "mailbox.remote_content_loaded",
  "mailbox.attachment_downloaded",
  "log.exported",
];
const changes = eventNames.filter((name) => name.startsWith("mailbox.") && !looks.includes(name));

export type Activity = { at: Date } & (
  | { event: typeof events.$inferSelect; access?: undefined }
  | { access: AccessChange; event?: undefined }
);

/**
 * A mailbox for its log: for those who may see logs, and for whoever manages this mailbox (M15, X12: its owners see
 * every administrator's access to it). A neighbour's 404, without either right 403.
 */
export async function watchedMailbox(actor: Actor, id: string): Promise<Mailbox> {
  const mailbox = await findMailbox(db, actor.accountId, id);
  if (!can(actor, "logs.view") && !can(actor, "mailbox.manage", mailbox.id))
    throw new Forbidden(t("You may not see what was done in this mailbox."));
  return mailbox;
}

/**
 * One page of what happened around a mailbox, newest first, by key: who looked, what was changed, who was given or lost
 * access to it alone. Two lists, each in its own order, walked together.
 */
export async function activityOf(
  actor: Actor,
  mailboxId: string,
  query: ActivityQuery,
  place: ActivityPlace,
  size = 50,
) {
  const [happened, given] = await Promise.all([
    query.kind === "access" ? [] : eventsOf(actor, mailboxId, query, place, size + 1),
    query.kind && query.kind !== "access" ? [] : accessChanges(actor, mailboxId, query, place, size + 1),
  ]);
  const all = merged(
    happened.map((event) => ({ at: event.at, event })),
    given.map((access) => ({ at: access.at, access })),
  );
  const rows = all.slice(0, size);
  const event = rows.findLast((row) => row.event)?.event?.id ?? place.event;
  const last = rows.findLast((row) => row.access)?.access;
  const next = { event, grant: last ? { at: last.micros, id: last.key } : place.grant };
  return { rows, next: all.length > size ? next : undefined };
}

/** Newest first, and each list in the order in which it was walked: events that are written at once change places with none. */
function merged(one: Activity[], other: Activity[]): Activity[] {
  const all: Activity[] = [];
  for (let [a, b] = [0, 0]; a < one.length || b < other.length; ) {
    const [first, second] = [one[a], other[b]];
    if (first && (!second || first.at >= second.at)) {
      all.push(first);
      a++;
    } else {
      all.push(second!);
      b++;
    }
  }
  return all;
}

function eventsOf(actor: Actor, mailboxId: string, query: ActivityQuery, place: ActivityPlace, size: number) {
  const names = query.kind === "read" ? looks : query.kind === "changed" ? changes : undefined;
  return db
    .select()
    .from(events)
    .where(
      and(
        eq(events.accountId, actor.accountId),
        eq(events.subjectId, mailboxId),
        place.event ? lt(events.id, place.event) : undefined,
        names && inArray(events.name, names),
        query.who ? ilike(events.actorLabel, containing(query.who)) : undefined,
        ...within(actor, query, sql`${events.at}`),
      ),
    )
    .orderBy(desc(events.id))
    .limit(size);
}
