/** Reports that are handed out: what of, where they stand. */
import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { at, createdAt, id } from "./columns.ts";
import { accounts, users } from "./schema.ts";

export const reportFormats = ["xlsx", "csv", "pdf"] as const;
export type ReportFormat = (typeof reportFormats)[number];
export const reportStatuses = ["queued", "running", "done", "failed", "cancelled", "refused"] as const;
export type ReportStatus = (typeof reportStatuses)[number];

/** What a report is of, frozen when it was ordered. */
export interface ReportScope {
  /** The query string of the users list, without its page. */
  filter: string;
  /** Members, where a selection was asked for; else empty. */
  memberIds: string[];
  /** Shared mailboxes whose sheets the workbook gets; `all` up to the limit, and personal ones on request. */
  mailboxIds: string[] | "all";
  personal: boolean;
  /** CSV: with a byte order mark, as Excel wants it. */
  bom: boolean;
  /** Said when it is made: it holds drafts of invitations, which are for those only who may send them (D2). */
  drafts?: boolean;
}

/** One report, built by whoever picks it up from one snapshot of the database (R27). Its files hang on it by `subjectId`. */
export const reports = pgTable(
  "reports",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    format: text("format", { enum: reportFormats }).notNull(),
    scope: jsonb("scope").$type<ReportScope>().notNull(),
    status: text("status", { enum: reportStatuses }).notNull().default("queued"),
    orderedBy: uuid("ordered_by")
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
    startedAt: at("started_at"),
    finishedAt: at("finished_at"),
    expiresAt: at("expires_at"),
    done: integer("done").notNull().default(0),
    total: integer("total").notNull().default(0),
    /** People without a living place: a workbook that is an import cannot hold them. */
    leftOut: integer("left_out").notNull().default(0),
    generation: integer("generation").notNull().default(0),
    movedAt: at("moved_at").notNull().defaultNow(),
    error: text("error"),
  },
  (t) => [
    unique("reports_account_id").on(t.accountId, t.id),
    uniqueIndex("reports_one_running").on(t.accountId).where(sql`status = 'running'`),
    index("reports_by_account").on(t.accountId, t.createdAt),
  ],
);
