/** The seal on the audit log: a chain over its events in commit order, made after they were written and never by whoever wrote them. */
import { sql } from "drizzle-orm";
import { bigint, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { at, id } from "./columns.ts";
import { events } from "./ledger.ts";

/**
 * One event's place in the chain. `content` is the SHA-256 (hex) over the event and its salt, `hash` that over the hash
 * before, the position and `content`. The salt (random, hex) goes when the event's personal words are erased, so that what
 * was erased cannot be guessed from `content`.
 */
export const seals = pgTable(
  "seals",
  {
    /** 1, 2, 3 …, without a gap. */
    position: bigint("position", { mode: "number" }).primaryKey(),
    eventId: bigint("event_id", { mode: "number" }).notNull(),
    salt: text("salt"),
    content: text("content").notNull(),
    hash: text("hash").notNull(),
    sealedAt: at("sealed_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("seals_by_event").on(t.eventId)],
);

/** Where a batch of seals ended, authenticated with a key that the database does not have (ENCRYPTION_KEYS): who can only write rows cannot make the chain anew. */
export const sealHeads = pgTable("seal_heads", {
  position: bigint("position", { mode: "number" }).primaryKey(),
  hash: text("hash").notNull(),
  keyId: text("key_id").notNull(),
  mac: text("mac").notNull(),
  sealedAt: at("sealed_at").notNull().defaultNow(),
});

export const checkPhases = ["end", "chain", "erasures", "unsealed"] as const;

/**
 * One walk of the worker along the whole chain, in slices: where it stands, and what it found. `slice` is the fence: whoever
 * lost the walk to another worker writes nothing down any more.
 */
export const logChecks = pgTable(
  "log_checks",
  {
    id: id(),
    startedAt: at("started_at").notNull().defaultNow(),
    finishedAt: at("finished_at"),
    slice: integer("slice").notNull().default(0),
    phase: text("phase", { enum: checkPhases }).notNull().default("end"),
    /** Where the chain ended when the walk began. */
    end: bigint("end", { mode: "number" }).notNull().default(0),
    position: bigint("position", { mode: "number" }).notNull().default(0),
    hash: text("hash").notNull().default(""),
    /** In the phases after the chain: the id of the last erasure, or event, that was looked at. */
    cursor: bigint("cursor", { mode: "number" }).notNull().default(0),
    findings: integer("findings").notNull().default(0),
    /** The first of them, in words. */
    lines: text("lines").array().notNull().default(sql`'{}'`),
  },
  // One at a time.
  (t) => [
    uniqueIndex("log_checks_under_way").on(sql`(finished_at is null)`).where(sql`finished_at is null`),
    index("log_checks_by_time").on(t.startedAt),
  ],
);

/** Events whose personal words were erased on somebody's wish: what they hash to since, and the sealed event that says so. */
export const redactions = pgTable(
  "redactions",
  {
    eventId: bigint("event_id", { mode: "number" })
      .primaryKey()
      .references(() => events.id),
    /** SHA-256 (hex) over the event as it is now. */
    content: text("content").notNull(),
    erasureId: bigint("erasure_id", { mode: "number" })
      .notNull()
      .references(() => events.id),
    generation: integer("generation").notNull().default(1),
    redactedAt: at("redacted_at").notNull().defaultNow(),
  },
  (t) => [index("redactions_by_erasure").on(t.erasureId)],
);
