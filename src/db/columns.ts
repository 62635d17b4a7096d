import { sql } from "drizzle-orm";
import { integer, timestamp, uuid } from "drizzle-orm/pg-core";

/** Columns that many tables have, written once. Times are UTC, to the millisecond. */
export const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
/**
 * Ordered by time (UUIDv7; RFC 9562, 5.7), so that rows which are made together stand together in each index, and are found
 * together: of random ids, each of a million touches a page of its own. Nobody may take one for a secret: all but 62 bits
 * tell when it was made.
 */
export const id = () => uuid("id").primaryKey().default(sql`ordered_id()`);
export const createdAt = () => at("created_at").notNull().defaultNow();
export const version = () => integer("version").notNull().default(1);
