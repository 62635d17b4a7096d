import { hash } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Request } from "express";
import { hasFactor } from "../access/has-factor.ts";
import { requestOf } from "../access/person.ts";
import { homeAccountId } from "../accounts/home.ts";
import { db } from "../db/client.ts";
import { sharedNow } from "../db/clock.ts";
import { users } from "../db/schema.ts";

/** Somebody whose password was right, and who has not shown a second factor yet: in a session that knows no visitor. */
export interface Pending {
  userId: string;
  /** Of the password that was checked, as its stored hash hashed once more: replaced meanwhile, it is asked for anew (T37). */
  mark: string;
  typed: string;
  remember: boolean;
  next: string;
  at: string;
}

/** How long the second page waits, in milliseconds. */
const waits = 10 * 60_000;

const markOf = (passwordHash: string | null | undefined) => hash("sha256", passwordHash ?? "", "base64url");

/** Goes from the right password to the second page: under a new session id (T39), with what waits for the visitor. */
export async function beginSecond(
  req: Request,
  user: Express.User,
  { typed, remember, next }: Pick<Pending, "typed" | "remember" | "next">,
): Promise<void> {
  const { flash, invitation } = req.session;
  await new Promise<void>((resolve, reject) =>
    req.session.regenerate((error) => (error ? reject(error as Error) : resolve())),
  );
  const at = new Date(sharedNow()).toISOString();
  const pending: Pending = { userId: user.id, mark: markOf(user.checked), typed, remember, next, at };
  Object.assign(req.session, { flash, invitation, pending });
}

/** Whoever waits at the second page, as the log names them; undefined where nobody does, it took too long, the password was replaced, or the factors were taken off. */
export async function pendingUser(req: Request) {
  const { pending } = req.session;
  if (!pending || !(Date.parse(pending.at) > sharedNow() - waits)) return undefined;
  const [user] = await db
    .select({ id: users.id, email: users.email, passwordHash: users.passwordHash, accountId: homeAccountId })
    .from(users)
    .where(and(eq(users.id, pending.userId), isNull(users.disabledAt), hasFactor(sql`${users.id}`)));
  if (!user?.passwordHash || markOf(user.passwordHash) !== pending.mark) return undefined;
  const { id, email, passwordHash, accountId } = user;
  return {
    pending,
    user: { id, checked: passwordHash },
    author: { userId: id, label: email, email, accountId, ...requestOf(req) },
  };
}

export type Waiting = NonNullable<Awaited<ReturnType<typeof pendingUser>>>;
