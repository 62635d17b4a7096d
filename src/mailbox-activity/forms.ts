import { day } from "../audit/forms.ts";

/** What can happen around a mailbox, as the filter groups it. */
export const activityKinds = ["read", "access", "changed"] as const;
export type ActivityKind = (typeof activityKinds)[number];

/** What the log of a mailbox is narrowed to; an empty text narrows nothing. Days are `yyyy-mm-dd`, both included. */
export interface ActivityQuery {
  kind: ActivityKind | "";
  /** Part of a name or address. */
  who: string;
  from: string;
  to: string;
}

const text = (value: unknown, most: number) => (typeof value === "string" ? value.trim().slice(0, most) : "");

/** Reads the filters strictly: what is none narrows nothing (T61). */
export const readActivityQuery = (query: Record<string, unknown>): ActivityQuery => ({
  kind: activityKinds.find((kind) => kind === query.kind) ?? "",
  who: text(query.who, 200).replaceAll("\u0000", ""),
  from: day(query.from),
  to: day(query.to),
});

/** Where a page goes on: behind an event, and behind a grant's beginning or end (microseconds and the grant's id). */
export interface ActivityPlace {
  event?: number;
  grant?: { at: string; id: string };
}

/** Reads `12.1790000000000000_<grant id>`, either side of which may be missing; anything else is the first page. */
export function placeOf(value: unknown): ActivityPlace {
  const [, event, at, id] = /^(\d{1,15})?\.(?:(\d{1,17})_([0-9a-f-]{36}))?$/.exec(text(value, 80)) ?? [];
  return { event: event ? Number(event) : undefined, grant: at && id ? { at, id } : undefined };
}

/** The same the other way round. */
export const placeWords = ({ event, grant }: ActivityPlace): string =>
  `${event ?? ""}.${grant ? `${grant.at}_${grant.id}` : ""}`;

/** The query string of a page of the same list. */
export function searchOf(query: ActivityQuery, place = ""): string {
  const parts = Object.entries({ ...query, place }).filter(([, value]) => value !== "");
  return parts.length > 0 ? `?${new URLSearchParams(parts)}` : "";
}
