import { and, eq, sql } from "drizzle-orm";
import type { Request } from "express";
import { canonicalAddress } from "../access/address.ts";
import { requestOf } from "../access/person.ts";
import { homeAccountId } from "../accounts/home.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { later } from "../db/later.ts";
import { members, users } from "../db/schema.ts";
import { startSession } from "../sessions/start.ts";
import { forgiveGuess, type Guesser } from "./guesses.ts";
import { passport } from "./passport.ts";

/** Checks the posted address and password; undefined when they are wrong. */
export const authenticateRequest = (req: Request): Promise<Express.User | undefined> =>
  new Promise((resolve, reject) => {
    passport.authenticate("local", (error: unknown, user: Express.User | false) =>
      error ? reject(error) : resolve(user || undefined),
    )(req, req.res, reject);
  });

/**
 * Opens a session, and writes the sign-in down: in the log, with the user and, for the users list, with each member. False,
 * and no session, where the password that was `checked` is replaced by now: whoever replaces it ends the sessions that
 * there are, and this one came too late for that (T37). The user's row is waited for until they have committed. The guess
 * that was right is taken off its count.
 */
export async function openSession(
  req: Request,
  { id: userId, checked }: Express.User,
  { remember = false, guess }: { remember?: boolean; guess?: Guesser } = {},
) {
  await startSession(req, userId, { remember });
  const same = checked ? eq(users.passwordHash, checked) : undefined;
  const opened = await db.transaction(async (tx) => {
    const [user] = await tx
      .update(users)
      .set({ lastSignInAt: sql`now()` })
      .where(and(eq(users.id, userId), same))
      .returning(logged);
    if (!user) return false;
    later(tx, (tx) => tx.update(members).set({ lastSignInAt: sql`now()` }).where(eq(members.userId, userId)));
    const author = { userId, accountId: user.accountId, label: user.email, ...requestOf(req) };
    await recordEvent(tx, author, "user.signed_in", { type: "user", id: userId, label: user.email });
    if (guess) later(tx, (tx) => forgiveGuess(guess, tx));
    return true;
  });
  if (!opened) await new Promise((done) => req.session.destroy(done));
  return opened;
}

/**
 * Writes a refused sign-in into the log of the account that the person used last. What was typed for an address that
 * nobody has is not kept: it may be a password in the wrong field. Both cost the same statements (T33).
 */
export function recordRefusal(req: Request, typed: string): Promise<void> {
  return db.transaction(async (tx) => {
    const [user] = await tx
      .select(logged)
      .from(users)
      .where(eq(users.email, canonicalAddress(typed) ?? ""));
    const label = user?.email ?? "unknown address";
    const author = { userId: null, accountId: user?.accountId ?? null, label, ...requestOf(req) };
    await recordEvent(tx, author, "user.sign_in_failed", { type: "user", id: user?.id ?? "", label });
  });
}

/** Somebody's id and address, and the account whose log shows what they do. */
const logged = { id: users.id, email: users.email, accountId: homeAccountId };
