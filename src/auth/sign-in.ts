import { eq, sql } from "drizzle-orm";
import type { Request } from "express";
import { canonicalAddress } from "../access/address.ts";
import { requestOf } from "../access/person.ts";
import { homeAccountId } from "../accounts/home.ts";
import { insertEventsOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { takeRow } from "../http/session.ts";
import { startSession } from "../sessions/start.ts";
import { forgiving, type Guesser } from "./guesses.ts";
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
 * that was right is taken off its count. All in one statement, the session's row too: beside the hash, round trips and
 * commits are what a sign-in costs.
 */
export async function openSession(
  req: Request,
  { id: userId, checked }: Express.User,
  { remember = false, guess }: { remember?: boolean; guess?: Guesser } = {},
) {
  await startSession(req, userId, { remember, held: true });
  const { sid, sess, expires } = takeRow(req);
  const author = { userId, accountId: sql`f.account_id`, label: sql`f.label`, ...requestOf(req) };
  const entry = sql`select id::text, email as label, null::jsonb as before, null::jsonb as after, account_id from signed`;
  const signed = await db.execute(sql`
    with signed as (
      update users set last_sign_in_at = now()
      where users.id = ${userId} and ${checked ? sql`users.password_hash = ${checked}` : sql`true`}
      returning users.id, users.email, ${homeAccountId} as account_id
    ), places as (
      update members set last_sign_in_at = now() from signed where members.user_id = signed.id
    ), opened as (
      insert into sessions (sid, sess, expire) select ${sid}, ${sess}::jsonb, ${expires}::timestamptz from signed
    ), logged as (${insertEventsOf(author, "user.signed_in", "user", entry)}
    )${guess ? sql`, forgiven as (${forgiving(guess, sql`exists (select from signed)`)})` : sql``}
    select 1 from signed`);
  if (signed.length > 0) return true;
  await new Promise((done) => req.session.destroy(done));
  return false;
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
