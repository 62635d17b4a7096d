/** The seal on the audit log: a chain over its events in commit order, made after they were written and never by whoever wrote them. */
import { bigint, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { at } from "./columns.ts";
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
