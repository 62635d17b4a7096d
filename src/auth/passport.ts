import { and, eq, sql } from "drizzle-orm";
import type { Request } from "express";
import passport from "passport";
import { Strategy } from "passport-local";
import { canonicalAddress } from "../access/address.ts";
import { hasFactor } from "../access/has-factor.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { checkPassword, hashPassword, isOutdated } from "./passwords.ts";

/**
 * Address and password. Unknown, disabled and password-less people cost the same time and get the same answer (T33).
 * The session keeps the user's id only; everything else is read again at each request.
 */
passport.use(
  new Strategy({ usernameField: "email", passwordField: "password" }, (typed, password, done) => {
    authenticate(typed, password).then(
      (user) => done(null, user ?? false),
      (error) => done(error),
    );
  }),
);

passport.serializeUser<string, Request>((req, user, done) => {
  user.begin?.(req.session);
  done(null, user.id);
});
passport.deserializeUser((id: string, done) => done(null, { id }));

async function authenticate(typed: string, password: string): Promise<Express.User | undefined> {
  const email = canonicalAddress(typed) ?? "";
  const [user] = await db
    .select({
      id: users.id,
      passwordHash: users.passwordHash,
      disabledAt: users.disabledAt,
      secondFactor: hasFactor(sql`users.id`),
    })
    .from(users)
    .where(eq(users.email, email));
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
