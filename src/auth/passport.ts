import { and, eq, sql } from "drizzle-orm";
import type { Request } from "express";
import passport from "passport";
import { Strategy } from "passport-local";
import { canonicalAddress } from "../access/address.ts";
import { hasFactor } from "../access/has-factor.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { countGuessAnd, type Guesser } from "./guesses.ts";
import { checkPassword, hashPassword, isOutdated } from "./passwords.ts";

/**
 * Address and password; the guess is counted before the password is looked at. Unknown, disabled and password-less people
 * cost the same time and get the same answer (T33). The session keeps the user's id only; everything else is read again at
 * each request.
 */
passport.use(
  new Strategy(
    { usernameField: "email", passwordField: "password", passReqToCallback: true },
    (req, _typed, password, done) => {
      authenticate(req.res!.locals.guess as Guesser, password).then(
        (user) => done(null, user ?? false),
        (error) => done(error),
      );
    },
  ),
);

passport.serializeUser<string, Request>((req, user, done) => {
  user.begin?.(req.session);
  done(null, user.id);
});
passport.deserializeUser((id: string, done) => done(null, { id }));

interface Found {
  id: string;
  passwordHash: string | null;
  disabledAt: string | null;
  secondFactor: boolean;
}

async function authenticate(guess: Guesser, password: string): Promise<Express.User | undefined> {
  const user = await countGuessAnd<Found>(
    guess,
    sql`select id, password_hash as "passwordHash", disabled_at as "disabledAt", ${hasFactor(sql`users.id`)} as "secondFactor"
      from users where email = ${canonicalAddress(guess.typed) ?? ""}`,
  );
  const right = await checkPassword(user?.passwordHash, password);
  if (!right || !user || user.disabledAt) return undefined;
  const { id, secondFactor } = user;
  if (!isOutdated(user.passwordHash!)) return { id, secondFactor, checked: user.passwordHash! };
  const passwordHash = await hashPassword(password);
  await db
    .update(users)
    .set({ passwordHash })
    .where(and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash!)));
  return { id, secondFactor, checked: passwordHash };
}

export { passport };
