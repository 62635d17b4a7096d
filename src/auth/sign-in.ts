import { eq, sql } from "drizzle-orm";
import type { Request } from "express";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { members, users } from "../db/schema.ts";
import { idleTime } from "../http/session.ts";
import { passport } from "./passport.ts";

/** Checks the posted address and password; undefined when they are wrong. */
export const authenticateRequest = (req: Request): Promise<Express.User | undefined> =>
  new Promise((resolve, reject) => {
    passport.authenticate("local", (error: unknown, user: Express.User | false) =>
      error ? reject(error) : resolve(user || undefined),
    )(req, req.res, reject);
  });

/** Opens a session under a new id (T39) and writes down when, from where, and for how long it may idle. */
export async function openSession(req: Request, userId: string, remember = false): Promise<void> {
  const { flash, invitation } = req.session;
  await new Promise<void>((resolve, reject) => {
    req.logIn({ id: userId }, (error) => (error ? reject(error) : resolve()));
  });
  Object.assign(req.session, {
    flash,
    invitation,
    remember,
    startedAt: new Date().toISOString(),
    ip: req.ip,
    userAgent: (req.get("User-Agent") ?? "").slice(0, 200),
  });
  req.session.cookie.maxAge = idleTime(remember);
  await recordSignIn(userId, req);
}

/** The time of the sign-in stands with the user and, for the users list, with each of their members. */
function recordSignIn(userId: string, req: Request) {
  return db.transaction(async (tx) => {
    const [user] = await tx
      .update(users)
      .set({ lastSignInAt: sql`now()` })
      .where(eq(users.id, userId))
      .returning({ email: users.email, accountId: users.lastAccountId });
    await tx.update(members).set({ lastSignInAt: sql`now()` }).where(eq(members.userId, userId));
    const author = { userId, accountId: user!.accountId, label: user!.email, requestId: String(req.id), ip: req.ip };
    await recordEvent(tx, author, "user.signed_in", { type: "user", id: userId, label: user!.email });
  });
}
