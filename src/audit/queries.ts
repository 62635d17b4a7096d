import { and, asc, desc, eq, gt, gte, ilike, inArray, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { events, members } from "../db/schema.ts";
import { isUuid } from "../http/ids.ts";
import type { EventName } from "./events.ts";

export type AuditEvent = typeof events.$inferSelect;

/** What the log is narrowed to; an empty text narrows nothing. Days are `yyyy-mm-dd` in the reader's time zone, both included. */
export interface AuditFilter {
  /** Part of a name or address, or a user's id. */
  who: string;
  what: EventName[];
  /** Part of what it happened to, or its id. */
  subject: string;
  from: string;
  to: string;
}

/** Where a page starts: older than this event, newer than that one, or at the newest. */
export interface AuditPlace {
  before?: number;
  after?: number;
}

/** T62: what was typed is text, not a pattern. */
const containing = (text: string) => `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;

/** One page of the account's log, newest first, by key: a place stays where it is when new events arrive. */
export async function listEvents(actor: Actor, filter: AuditFilter, place: AuditPlace, size = 50) {
  const matching = and(eq(events.accountId, actor.accountId), ...(await conditions(actor, filter)));
  const newer = place.after !== undefined;
  const from = newer
    ? gt(events.id, place.after!)
    : place.before === undefined
      ? undefined
      : lt(events.id, place.before);
  const found = await db
    .select()
    .from(events)
    .where(and(matching, from))
    .orderBy(newer ? asc(events.id) : desc(events.id))
    .limit(size + 1);

  const rows = newer ? found.slice(0, size).reverse() : found.slice(0, size);
  const more = found.length > size;
  const first = rows[0]?.id;
  const last = rows.at(-1)?.id;
  return {
    rows,
    newer: (newer ? more : place.before !== undefined) ? first : undefined,
    older: (newer ? true : more) ? last : undefined,
  };
}

async function conditions(actor: Actor, { who, what, subject, from, to }: AuditFilter): Promise<(SQL | undefined)[]> {
  const day = (text: string) => sql`(${text}::date)::timestamp at time zone ${actor.timeZone}`;
  return [
    who ? await by(actor.accountId, who) : undefined,
    what.length > 0 ? inArray(events.name, what) : undefined,
    subject
      ? isUuid(subject)
        ? eq(events.subjectId, subject.toLowerCase())
        : ilike(events.subjectLabel, containing(subject))
      : undefined,
    from ? gte(events.at, day(from)) : undefined,
    to ? lt(events.at, sql`${day(to)} + interval '1 day'`) : undefined,
  ];
}

/** Who acted: by id, else the people of the account whose name or address holds the text, and what acts without one. */
async function by(accountId: string, who: string): Promise<SQL | undefined> {
  if (isUuid(who)) return eq(events.actorId, String(who).toLowerCase());
  const people = await db
    .selectDistinct({ userId: members.userId })
    .from(members)
    .where(
      and(eq(members.accountId, accountId), sql`${members.haystack} like ${containing(String(who).toLowerCase())}`),
    )
    .limit(100);
  const ids = people.flatMap(({ userId }) => userId ?? []);
  return or(
    ids.length > 0 ? inArray(events.actorId, ids) : undefined,
    and(isNull(events.actorId), ilike(events.actorLabel, containing(who))),
  );
}

/** The last thing that happened to a subject, for "changed by whom, when"; undefined when nothing did. */
export async function lastEventOf(accountId: string, subjectId: string): Promise<AuditEvent | undefined> {
  const [event] = await db
    .select()
    .from(events)
    .where(and(eq(events.accountId, accountId), eq(events.subjectId, subjectId)))
    .orderBy(desc(events.id))
    .limit(1);
  return event;
}
