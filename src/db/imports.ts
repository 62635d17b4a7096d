/** Workbooks that are taken in: what stands in them, what is wrong with it, and what became of each address. */
import { sql } from "drizzle-orm";
import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Permission } from "../access/permissions.ts";
import { at, createdAt, id } from "./columns.ts";
import { accounts, members, users } from "./schema.ts";

/**
 * queued → checking → refused (the whole file, with problems; or unreadable, with `error`) or checked → running → done.
 * `cancelled` before the first row only. `failed`: the queue gave up; it can be resumed.
 */
export const importStatuses = [
  "queued",
  "checking",
  "refused",
  "checked",
  "running",
  "done",
  "failed",
  "cancelled",
] as const;
export type ImportStatus = (typeof importStatuses)[number];

/** How many people of each kind. After the check it is what would be done; `results` is what was done. */
export interface ImportCounts {
  create?: number;
  update?: number;
  same?: number;
  skip?: number;
  warnings?: number;
  problems?: number;
}

/** One uploaded workbook: checked, then applied, by whoever picks it up (R1, R3). */
export const imports = pgTable(
  "imports",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    fileName: text("file_name").notNull(),
    fileId: uuid("file_id"),
    sha256: text("sha256").notNull(),
    status: text("status", { enum: importStatuses }).notNull().default("queued"),
    uploadedBy: uuid("uploaded_by")
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
    checkedAt: at("checked_at"),
    startedBy: uuid("started_by").references(() => users.id),
    startedAt: at("started_at"),
    /** Where a program uploaded it, then started it: what its token was for. It is checked and applied within that. */
    scopes: text("scopes").array().$type<Permission[]>(),
    finishedAt: at("finished_at"),
    /** What the check found. */
    counts: jsonb("counts").$type<ImportCounts>().notNull().default({}),
    /** What was done. */
    results: jsonb("results").$type<ImportCounts>().notNull().default({}),
    /** Of the step under way: rows read while it is checked (`total` 0: not known yet), people while it runs. */
    done: integer("done").notNull().default(0),
    total: integer("total").notNull().default(0),
    /** The last position that is applied; batches go by position. */
    cursor: integer("cursor").notNull().default(0),
    /** Raised by whoever takes it up: a worker with an older number changes nothing any more. */
    generation: integer("generation").notNull().default(0),
    movedAt: at("moved_at").notNull().defaultNow(),
    /** Why it was refused whole or failed: a key of the page's sentences, and what they need. */
    error: text("error"),
    errorValues: jsonb("error_values").$type<Record<string, string>>().notNull().default({}),
  },
  (t) => [
    unique("imports_account_id").on(t.accountId, t.id),
    // R13: the same bytes once, while they are not settled.
    uniqueIndex("imports_same_bytes")
      .on(t.accountId, t.sha256)
      .where(sql`status in ('queued', 'checking', 'checked', 'running', 'failed')`),
    // T92: one at a time writes into an account.
    uniqueIndex("imports_one_running").on(t.accountId).where(sql`status = 'running'`),
    index("imports_by_account").on(t.accountId, t.createdAt),
  ],
);

export type PersonAction = "create" | "update" | "same" | "skip";

/** One address of a workbook, and what is to become of it. Written by the check, marked by the run. */
export const importPeople = pgTable(
  "import_people",
  {
    importId: uuid("import_id")
      .notNull()
      .references(() => imports.id, { onDelete: "cascade" }),
    /** From 1, in the order of the file; batches go by it. */
    position: integer("position").notNull(),
    /** Canonical. */
    email: text("email").notNull(),
    /** Where the address stands on the Users sheet; null where it stands on other sheets only. */
    row: integer("row"),
    firstName: text("first_name").notNull().default(""),
    lastName: text("last_name").notNull().default(""),
    personalMailbox: boolean("personal_mailbox").notNull().default(false),
    action: text("action").$type<PersonAction>().notNull(),
    /** Why it is skipped: a key of the sentences about problems. */
    reason: text("reason"),
    /** The existing member that an update is about; after the run also who was created. */
    memberId: uuid("member_id").references(() => members.id),
    userId: uuid("user_id").references(() => users.id),
    /** The names before, where the update changes them; null where it does not. */
    namesBefore: jsonb("names_before").$type<{ firstName: string; lastName: string }>(),
    /** What became of it; null until the run was there. */
    result: text("result").$type<"created" | "updated" | "same" | "skipped">(),
    mailId: uuid("mail_id"),
  },
  (t) => [
    primaryKey({ columns: [t.importId, t.position] }),
    uniqueIndex("import_people_email").on(t.importId, t.email),
    index("import_people_by_action").on(t.importId, t.action, t.position),
    index("import_people_by_member").on(t.memberId),
  ],
);

/**
 * What one row of an Account or Mailbox sheet asks for: exactly these, for this address, there. Belongs to the person at that
 * position; there are six of these for each, so no reference is looked up row by row: they go with the import by a trigger.
 */
export const importRights = pgTable(
  "import_rights",
  {
    importId: uuid("import_id").notNull(),
    position: integer("position").notNull(),
    /** Of the sheets in the order of the file, from 1. */
    sheet: integer("sheet").notNull(),
    row: integer("row").notNull(),
    /** Null: the account. */
    mailboxId: uuid("mailbox_id"),
    /** Keys of grants: a system role's key, a role's id, or a permission's code; sorted, each once. */
    items: text("items").array().notNull(),
    /** The same as the member holds them before; null for somebody to be created. */
    before: text("before").array(),
    changed: boolean("changed").notNull().default(true),
  },
  (t) => [primaryKey({ columns: [t.importId, t.position, t.sheet] })],
);

/** `file`: refuses the whole file. `address`: that address is left out. `warning`: nothing is left out. */
export type ProblemTier = "file" | "address" | "warning";

export const importProblems = pgTable(
  "import_problems",
  {
    importId: uuid("import_id")
      .notNull()
      .references(() => imports.id, { onDelete: "cascade" }),
    /** From 1, in the order in which they are shown. */
    number: integer("number").notNull(),
    tier: text("tier").$type<ProblemTier>().notNull(),
    /** The sheet as it is called in the file, and its place there from 1; both empty for the file as a whole. */
    sheet: text("sheet").notNull().default(""),
    sheetNumber: integer("sheet_number"),
    row: integer("row"),
    /** A, B, …; null for a whole row. */
    column: text("column"),
    /** What stands in the cell, cut to 200 characters. */
    value: text("value").notNull().default(""),
    /** A key of the sentences about problems, and what the sentence needs. */
    code: text("code").notNull(),
    values: jsonb("values").$type<Record<string, string>>().notNull().default({}),
    email: text("email"),
  },
  (t) => [
    primaryKey({ columns: [t.importId, t.number] }),
    index("import_problems_by_row").on(t.importId, t.sheetNumber, t.row),
  ],
);
