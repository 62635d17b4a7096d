import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { managedUser } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { sessions } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { reachMember } from "../members/reach.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { endAllSessions } from "../sessions/end-all.ts";
import { assertManaged } from "./queries.ts";

/**
 * Ends one session of a corporate user, or all of them (no id), for an administrator: the person is told by mail. Whoever
 * holds its cookie is signed out at the next click. Nobody does it to themselves here, nor to somebody who holds more (T54).
 */
export function endSessionsFor(actor: Actor, memberId: string, sid?: string) {
  if (sid !== undefined && !/^[0-9a-f]{64}$/.test(sid)) throw new NotFound();
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId);
    const user = assertManaged(await managedUser(tx, member));
    const ended = await tx
      .delete(sessions)
      .where(and(eq(sessions.userId, user.id), sid ? eq(sessions.sid, sid) : undefined))
      .returning();
    if (sid && ended.length === 0) throw new NotFound();
    if (ended.length === 0) throw new Conflict(t("This user is signed in nowhere."));
    // With the trust in their devices: whoever has one of them would need no second factor to come back.
    if (!sid) await endAllSessions(tx, user.id);

    const [first] = ended;
    const subject = { type: "session" as const, id: user.id, label: user.email };
    const before = sid
      ? { device: deviceWords(first!.sess.userAgent), ip: first!.sess.ip }
      : { sessions: ended.length };
    await recordEvent(tx, actor, "session.ended", subject, { before });
    await queueMail(tx, {
      kind: "sessions_ended",
      subjectId: user.id,
      accountId: actor.accountId,
      data: { userId: user.id, by: actor.name, device: sid ? (first!.sess.userAgent ?? "?") : "" },
    });
    return { member, count: ended.length };
  });
}
