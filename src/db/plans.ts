/** What an account pays for, and figures about it that are counted now and then. */
import { sql } from "drizzle-orm";
import { boolean, date, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { at, createdAt, id, version } from "./columns.ts";

/** Plans are data of the instance. They count mailboxes and nothing else (B4). */
export const plans = pgTable(
  "plans",
  {
    id: id(),
    name: text("name").notNull(),
    about: text("about").notNull().default(""),
    /** Mailboxes included; null: as many as one likes. */
    mailboxes: integer("mailboxes"),
    /** As shown: “€ 4 a month”. */
    price: text("price").notNull().default(""),
    position: integer("position").notNull().default(0),
    /** What new accounts begin with: exactly one. */
    isDefault: boolean("is_default").notNull().default(false),
    version: version(),
    createdAt: createdAt(),
    /** Not offered any more; who has it keeps it. */
    endedAt: at("ended_at"),
  },
  (_t) => [
    uniqueIndex("plans_name").on(sql`lower(name)`).where(sql`ended_at is null`),
    uniqueIndex("plans_one_default").on(sql`(true)`).where(sql`is_default`),
  ],
);

/** The dashboard's figures of an account as they were counted last: a page never counts a million members itself. */
export const accountFigures = pgTable("account_figures", {
  accountId: uuid("account_id").primaryKey(),
  figures: jsonb("figures").$type<Record<string, unknown>>().notNull().default({}),
  countedAt: at("counted_at"),
  askedAt: at("asked_at"),
});

/** One day of an account: how many members had each status at its end. */
export const dailyFigures = pgTable(
  "daily_figures",
  {
    accountId: uuid("account_id").notNull(),
    day: date("day", { mode: "string" }).notNull(),
    figures: jsonb("figures").$type<Record<string, number>>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.day] })],
);
