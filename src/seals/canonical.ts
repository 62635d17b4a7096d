import { hash } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";

/** An event as the database gives it out in text, nothing of it read by this process: numbers in `before` and `after` stay as they are. */
export type EventText = Record<(typeof fields)[number], string | null>;

/** In the order of RFC 8785. */
const fields = [
  "account_id",
  "actor_id",
  "actor_label",
  "after",
  "at",
  "before",
  "id",
  "ip",
  "name",
  "request_id",
  "subject_id",
  "subject_label",
  "subject_type",
  "transaction",
] as const;

/** These columns of `events e`, all as text: times in UTC to the millisecond, jsonb as the database writes it. */
export const eventText: SQL = sql`
  e.account_id::text, e.actor_id::text, e.actor_label, e.after::text, e.before::text, e.id::text, e.ip, e.name, e.request_id,
  e.subject_id, e.subject_label, e.subject_type, e.transaction::text,
  to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`;

/** An event without anything else that stands in the row. */
export const eventOf = (row: EventText): EventText =>
  Object.fromEntries(fields.map((field) => [field, row[field]])) as EventText;

/**
 * An event in the one form that is hashed: a JSON object of RFC 8785 whose values are texts or null (docs/audit-log.md says
 * it byte by byte). `event_canonical` in the database writes the same; what is verified is written here, so that nobody who
 * changes the database changes how it is looked at.
 */
export const canonical = (event: EventText): string => JSON.stringify(eventOf(event));

/** What an event was before the first one: 32 zero bytes, as hex. */
export const noHash = "0".repeat(64);

/** SHA-256 (hex) over the salt (hex; none: nothing) and the event. */
export const contentOf = (salt: string | null, event: EventText): string =>
  salt === null
    ? hash("sha256", canonical(event))
    : hash("sha256", Buffer.concat([Buffer.from(salt, "hex"), Buffer.from(canonical(event))]));

/** SHA-256 (hex) over the hash before, the position (8 bytes, the most significant first) and the content. */
export function hashOf(previous: string, position: number, content: string): string {
  const bytes = Buffer.alloc(72);
  bytes.write(previous, 0, "hex");
  bytes.writeBigUInt64BE(BigInt(position), 32);
  bytes.write(content, 40, "hex");
  return hash("sha256", bytes);
}
