import { and, desc, eq, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { sessions } from "../db/schema.ts";
import { deviceWords } from "./device-words.ts";

export interface SessionLine {
  /** The key of the stored session: a hash, which opens nothing. */
  id: string;
  device: string;
  ip: string;
  startedAt: Date;
  usedAt: Date;
  current: boolean;
}

/** Where somebody is signed in, this session first. `currentId` is the key of the session that asks. */
export async function sessionsOf(userId: string, currentId: string): Promise<SessionLine[]> {
  const rows = await db
    .select({ sid: sessions.sid, sess: sessions.sess, createdAt: sessions.createdAt, usedAt: sessions.usedAt })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), sql`${sessions.expire} > now()`))
    .orderBy(desc(eq(sessions.sid, currentId)), desc(sessions.usedAt))
    .limit(100);
  return rows.map((row) => ({
    id: row.sid,
    device: deviceWords(row.sess.userAgent),
    ip: row.sess.ip ?? "",
    startedAt: row.createdAt,
    usedAt: row.usedAt,
    current: row.sid === currentId,
  }));
}
