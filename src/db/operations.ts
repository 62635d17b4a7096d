/** What whoever runs the installation asks of it. */
import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { at, id } from "./columns.ts";
import { users } from "./schema.ts";

/** One try of a worker to reach the mail server and sign in there, without sending anything; kept a month. */
export const smtpChecks = pgTable(
  "smtp_checks",
  {
    id: id(),
    askedBy: uuid("asked_by").references(() => users.id),
    askedAt: at("asked_at").notNull().defaultNow(),
    finishedAt: at("finished_at"),
    outcome: text("outcome").$type<"reached" | "refused" | "away">(),
    /** What the server said, or what kept us from it. Never what we said: the password is in it. */
    reply: text("reply").notNull().default(""),
  },
  (t) => [index("smtp_checks_by_time").on(t.askedAt)],
);
