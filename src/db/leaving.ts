/** Who is gone: offboardings with their receipts, and what somebody or something was before. */
import { sql } from "drizzle-orm";
import { bigint, foreignKey, index, jsonb, pgTable, text, unique, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { at, createdAt, id, version } from "./columns.ts";
import { accounts, members, users } from "./schema.ts";

/** What becomes of what the leaver holds: mailboxes by id, and whether sole ownership goes on to somebody (a member's id). */
export interface OffboardingPlan {
  /** Who gets the mailbox, and with which mailbox role; null: access simply ends. */
  mailboxes: { mailboxId: string; toMemberId: string | null; role: string }[];
  /** Who becomes Owner where the leaver is the last one. */
  ownerMemberId: string | null;
  /** Planned by a program: what its token was for. It does no more than that when the day comes. */
  scopes?: string[];
}

/** X10: one departure, now or at a date. Its receipt is computed afterwards by queries of its own. */
export const offboardings = pgTable(
  "offboardings",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    memberId: uuid("member_id").notNull(),
    status: text("status")
      .$type<"planned" | "done" | "failed" | "cancelled" | "restored">()
      .notNull()
      .default("planned"),
    dueAt: at("due_at").notNull(),
    plan: jsonb("plan").$type<OffboardingPlan>().notNull(),
    note: text("note").notNull().default(""),
    /** Why it could not be done at its time: a sentence with its values (`Said`), as JSON. */
    failure: text("failure"),
    /** What the independent queries found, and when. */
    receipt: jsonb("receipt").$type<Record<string, unknown>>(),
    receiptAt: at("receipt_at"),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid("created_by")
      .notNull()
      .references(() => users.id),
    doneAt: at("done_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.memberId], foreignColumns: [members.accountId, members.id] }),
    unique("offboardings_account_id").on(t.accountId, t.id),
    uniqueIndex("offboardings_planned").on(t.memberId).where(sql`status = 'planned'`),
    index("offboardings_by_account").on(t.accountId, t.createdAt, t.id),
    index("offboardings_due").on(t.dueAt).where(sql`status = 'planned'`),
  ],
);

/**
 * What members, mailboxes and accounts were before they became what they are: a line for each past state, written by the
 * database itself (triggers). What they are now stands on their own rows. X3 reads it for dates in the past.
 */
export const pastStates = pgTable(
  "past_states",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** Null: of a user, who is of no account. */
    accountId: uuid("account_id"),
    kind: text("kind").$type<"member" | "guest" | "grant" | "mailbox" | "account" | "user">().notNull(),
    subjectId: uuid("subject_id").notNull(),
    /**
     * A member's status; `over` of a guest or a grant whose end date had come and was moved; `archived` of a mailbox; `deleted`
     * or `suspended` of an account; `disabled` of a user.
     */
    state: text("state").notNull(),
    startedAt: at("started_at").notNull(),
    endedAt: at("ended_at").notNull().defaultNow(),
  },
  (t) => [index("past_states_by_subject").on(t.subjectId, t.endedAt)],
);

/** What whoever runs the installation is alarmed about: once when it begins, once when it is over (R22). */
export const alarms = pgTable(
  "alarms",
  {
    id: id(),
    kind: text("kind").notNull(),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
    raisedAt: at("raised_at").notNull().defaultNow(),
    toldAt: at("told_at"),
    clearedAt: at("cleared_at"),
  },
  (t) => [uniqueIndex("alarms_raised").on(t.kind).where(sql`cleared_at is null`)],
);
