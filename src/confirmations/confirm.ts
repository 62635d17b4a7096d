import { sql } from "drizzle-orm";
import type { Request } from "express";
import { personOf } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { sharedNow } from "../db/clock.ts";
import { renewId } from "../http/renew-id.ts";

/**
 * Notes that the visitor has just proved who they are again; the proof itself was looked at by the caller. The session goes
 * on under a new id (T39): its row is moved, not made anew, so that one which was ended meanwhile stays ended (T37).
 */
export async function confirmVisitor(req: Request): Promise<void> {
  const person = personOf(req);
  req.session.provenAt = new Date(sharedNow()).toISOString();
  const { old, fresh } = renewId(req);
  await db.transaction(async (tx) => {
    await tx.execute(sql`
      with moved as (
        update sessions set sid = ${fresh.sid}, sess = ${fresh.sess}::jsonb, expire = ${fresh.expires}::timestamptz
        where sid = ${old}
        returning 1
      )
      update sign_ins set sid = ${fresh.sid} where sign_ins.user_id = ${person.userId} and sign_ins.sid = ${old}
        and exists (select from moved)`);
    await recordEvent(tx, person, "user.confirmed", { type: "user", id: person.userId, label: person.label });
  });
}
