import { and, eq } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { sessions } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { deviceWords } from "./device-words.ts";

/** Ends one of somebody's own sessions; whoever holds its cookie is signed out at the next click. */
export function endSession(person: Person, sid: string) {
  if (!/^[0-9a-f]{64}$/.test(sid)) throw new NotFound();
  return db.transaction(async (tx) => {
    const [ended] = await tx
      .delete(sessions)
      .where(and(eq(sessions.sid, sid), eq(sessions.userId, person.userId)))
      .returning();
    if (!ended) throw new NotFound();

    const device = deviceWords(ended.sess.userAgent);
    await recordEvent(
      tx,
      person,
      "session.ended",
      { type: "session", id: person.userId, label: device },
      { before: { device, ip: ended.sess.ip } },
    );
    return { device };
  });
}
