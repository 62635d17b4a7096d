import { eq, type SQL, sql } from "drizzle-orm";
import type { Request } from "express";
import { canonicalAddress } from "../access/address.ts";
import { hasFactor } from "../access/has-factor.ts";
import { requestOf } from "../access/person.ts";
import { homeAccountId } from "../accounts/home.ts";
import { insertEventsOf } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { takeRow } from "../http/session.ts";
import { startSession } from "../sessions/start.ts";
import { notingRefusal, notingSignIn, type SignInMethod } from "../sign-ins/note.ts";
import { knownDevice, rememberDevice } from "./device.ts";
import { forgiving, type Guesser } from "./guesses.ts";
import { passport } from "./passport.ts";

/** Counts a guess and checks the posted address and password; undefined when they are wrong, 429 when they were too many. */
export const authenticateRequest = (req: Request, guess: Guesser): Promise<Express.User | undefined> =>
  new Promise((resolve, reject) => {
    req.res!.locals.guess = guess;
    passport.authenticate("local", (error: unknown, user: Express.User | false) =>
      error ? reject(error) : resolve(user || undefined),
    )(req, req.res, reject);
  });

interface Opening {
  remember?: boolean;
  guess?: Guesser;
  method?: SignInMethod;
  /** Whether a second factor was shown. */
  second?: boolean;
  /** The passkey that was shown, by its row: taken off meanwhile, it opens nothing. */
  passkey?: string;
}

/**
 * Opens a session, and writes the sign-in down: in the log, with the user and, for the users list, with each member, and in
 * the person's own history, who is told of a device that is new to them. False, and no session, where the password that was
 * `checked` is replaced by now: whoever replaces it ends the sessions that there are, and this one came too late for that
 * (T37). The user's row is waited for until they have committed. Nor is one opened for whoever has a second factor, unless it
 * was shown (`second`): whichever door leads here (T102); nor by a `passkey` that is taken off at this very moment, whose
 * row is waited for as well (T108). The guess that was right is taken off its count. All in one statement, the session's row too: beside the hash, round trips and commits are what a sign-in costs. From then on the
 * device is known.
 */
export async function openSession(
  req: Request,
  { id: userId, checked }: Express.User,
  { remember = false, guess, method = "password", second = false, passkey }: Opening = {},
) {
  const known = guess ? guess.device !== undefined : await isKnown(req, userId);
  await startSession(req, userId, { remember, held: true });
  const { sid, sess, expires } = takeRow(req);
  const author = { userId, accountId: sql`f.account_id`, label: sql`f.label`, ...requestOf(req) };
  const entry = sql`select id::text, email as label, null::jsonb as before, null::jsonb as after, account_id from signed`;
  const signed = await db.execute<{ email: string }>(sql`
    with ${passkey ? stillThere(userId, passkey) : sql``} signed as (
      update users set last_sign_in_at = now()
      where users.id = ${userId} and users.disabled_at is null and (${second} or not ${hasFactor(sql`users.id`)})
        and ${checked ? sql`users.password_hash = ${checked}` : sql`true`}
        and ${passkey ? sql`exists (select from shown)` : sql`true`}
      returning users.id, users.email, ${homeAccountId} as account_id,
        (select u.last_sign_in_at is not null from users u where u.id = users.id) as came_before
    ), places as (
      update members set last_sign_in_at = now() from signed where members.user_id = signed.id
    ), opened as (
      insert into sessions (sid, sess, expire) select ${sid}, ${sess}::jsonb, ${expires}::timestamptz from signed
    ), ${notingSignIn(req, { method, sid, known })}, logged as (${insertEventsOf(author, "user.signed_in", "user", entry)}
    )${guess ? sql`, forgiven as (${forgiving(guess, sql`exists (select from signed)`)})` : sql``}
    select signed.email from signed left join sent on true`);
  if (signed.length > 0) {
    rememberDevice(req, req.res!, signed[0]!.email);
    return true;
  }
  await new Promise((done) => req.session.destroy(done));
  return false;
}

/**
 * The passkey, unless somebody takes it off before the statement is through: the user's row first, as whoever resets factors
 * takes it, then the key's own. A plain look would see the key as it was when the statement began.
 */
const stillThere = (userId: string, passkey: string): SQL => sql`
    holder as materialized (select id from users where id = ${userId} for no key update),
    shown as materialized (
      select k.id from passkeys k join holder on holder.id = k.user_id where k.id = ${passkey} for key share of k
    ),`;

/** Whether somebody who came without typing an address has signed in on this device before. */
async function isKnown(req: Request, userId: string): Promise<boolean> {
  const [user] = await db.select({ email: users.email }).from(users).where(eq(users.id, userId));
  return Boolean(user && knownDevice(req, user.email));
}

/**
 * Writes a refused sign-in into the log of the account that the person used last, and into their own history. What was typed
 * for an address that nobody has is not kept: it may be a password in the wrong field. Both send the same statement (T33).
 */
export async function recordRefusal(req: Request, typed: string, method: SignInMethod = "password"): Promise<void> {
  const author = { userId: null, accountId: sql`f.account_id`, label: sql`f.label`, ...requestOf(req) };
  const entry = sql`
    select coalesce(id::text, '') as id, coalesce(email, 'unknown address') as label, null::jsonb as before,
      null::jsonb as after, account_id
    from (select 1) always left join known on true`;
  await db.execute(sql`
    with known as (
      select users.id, users.email, ${homeAccountId} as account_id from users
      where users.email = ${canonicalAddress(typed) ?? ""}
    ), ${notingRefusal(req, method)}
    ${insertEventsOf(author, "user.sign_in_failed", "user", entry)}`);
}
