import { integer, timestamp, uuid } from "drizzle-orm/pg-core";

/** Columns that many tables have, written once. Times are UTC, to the millisecond. */
export const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
export const id = () => uuid("id").primaryKey().defaultRandom();
export const createdAt = () => at("created_at").notNull().defaultNow();
export const version = () => integer("version").notNull().default(1);
