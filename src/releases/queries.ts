import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { findToken } from "../access/tokens.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { accounts, tokens, users } from "../db/schema.ts";

/** For a corporate user of a deleted account: which, until when it can be restored, and whether that is over. */
export async function orphanedSince(userId: string) {
  const [found] = await db
    .select({
      account: accounts.name,
      until: sql<string>`${accounts.deletedAt} + interval '30 days'`,
      free: sql<boolean>`${accounts.deletedAt} + interval '30 days' <= now()`,
    })
    .from(users)
    .innerJoin(accounts, eq(accounts.id, users.corporateAccountId))
    .where(and(eq(users.id, userId), isNotNull(accounts.deletedAt)));
  return found && { ...found, until: new Date(found.until) };
}

/** The release of somebody that waits to be confirmed, locked: it is not confirmed meanwhile. */
export async function releaseAsked(tx: Tx, userId: string) {
  const [asked] = await tx
    .select({ email: tokens.email })
    .from(tokens)
    .where(
      and(
        eq(tokens.userId, userId),
        eq(tokens.purpose, "release"),
        isNull(tokens.spentAt),
        isNull(tokens.replacedAt),
        sql`${tokens.expiresAt} > now()`,
      ),
    )
    .for("no key update");
  return asked;
}

/** The link that proves a private address, how it stands, whose it is, and whether they must confirm with a password. */
export async function findRelease(secret: string, reader: Reader = db) {
  const found = await findToken(reader, "release", secret);
  if (!found?.token.userId) return undefined;
  const [user] = await reader
    .select()
    .from(users)
    .where(and(eq(users.id, found.token.userId), isNull(users.disabledAt)));
  return (
    user && {
      ...found,
      user,
      sure: Boolean(user.passwordHash),
      done: found.state === "spent" && user.email === found.token.email,
    }
  );
}
