import { type EventName, eventNames } from "./events.ts";
import type { AuditFilter, AuditPlace } from "./queries.ts";

/** The filters as they stand in the query string: `who`, `what` (an event, or a noun: all of its events), `subject`, `from`, `to`. */
export type AuditQuery = Record<"who" | "what" | "subject" | "from" | "to", string>;

const text = (value: unknown, max = 200) => (typeof value === "string" ? value.trim().slice(0, max) : "");
/** A day that the calendar holds: 31 February is none. */
export const day = (value: unknown) => {
  const given = text(value, 10);
  const read = /^\d{4}-\d\d-\d\d$/.test(given) ? new Date(`${given}T00:00:00Z`) : undefined;
  return read && read.getTime() > 0 && read.toISOString().startsWith(given) ? given : "";
};

/** Reads the filters strictly: what is no filter, or not of its form, narrows nothing (T61). */
export function readAuditQuery(query: Record<string, unknown>): AuditQuery {
  const what = text(query.what, 60);
  return {
    who: text(query.who),
    what: eventsOf(what).length > 0 ? what : "",
    subject: text(query.subject),
    from: day(query.from),
    to: day(query.to),
  };
}

/** `role.changed` → itself, `role` → every event of roles, anything else → none. */
const eventsOf = (what: string): EventName[] =>
  what ? eventNames.filter((name) => name === what || name.startsWith(`${what}.`)) : [];

export const filterOf = (query: AuditQuery): AuditFilter => ({ ...query, what: eventsOf(query.what) });

const eventId = (value: unknown) => (/^\d{1,15}$/.test(text(value, 16)) ? Number(value) : undefined);

/** Where the page starts; `after` goes before `before`. */
export const placeOf = (query: Record<string, unknown>): AuditPlace => ({
  after: eventId(query.after),
  before: eventId(query.before),
});

/** The query string of another page of the same list. */
export function linkOf(query: AuditQuery, place: AuditPlace = {}): string {
  const parts = Object.entries({ ...query, ...place }).filter(([, value]) => value !== "" && value !== undefined);
  const search = new URLSearchParams(parts.map(([name, value]) => [name, String(value)])).toString();
  return search ? `/admin/audit?${search}` : "/admin/audit";
}
