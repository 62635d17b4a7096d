import { and, eq, ne } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { sessions } from "../db/schema.ts";

/** Ends all of somebody's sessions but the one that asks; returns how many there were. */
export function endOtherSessions(person: Person, currentSid: string): Promise<number> {
  return db.transaction(async (tx) => {
    const ended = await tx
      .delete(sessions)
      .where(and(eq(sessions.userId, person.userId), ne(sessions.sid, currentSid)))
      .returning({ sid: sessions.sid });
    if (ended.length > 0) {
      const subject = { type: "session" as const, id: person.userId, label: person.label };
      await recordEvent(tx, person, "session.ended", subject, { before: { sessions: ended.length } });
    }
    return ended.length;
  });
}
