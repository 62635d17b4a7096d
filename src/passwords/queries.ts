import { and, eq, isNull, sql } from "drizzle-orm";
import { findToken } from "../access/tokens.ts";
import { homeAccountId } from "../accounts/home.ts";
import { db, type Reader } from "../db/client.ts";
import { users } from "../db/schema.ts";

/**
 * The link to a new password, how it stands, and whose it is: the user who has its address now (T16, T19). A link for an
 * address that nobody has is like one that never was.
 */
export async function findReset(secret: string, reader: Reader = db) {
  const found = await findToken(reader, ["password_reset", "first_sign_in"], secret);
  if (!found) return undefined;
  const { token } = found;
  const [user] = await reader
    .select({
      id: users.id,
      email: users.email,
      firstName: users.firstName,
      lastName: users.lastName,
      /** Nobody has chosen a password yet. */
      fresh: sql<boolean>`${users.passwordHash} is null`,
      proven: sql<boolean>`${users.emailProvenAt} is not null`,
      accountId: homeAccountId,
    })
    .from(users)
    .where(
      and(
        eq(users.email, token.email),
        isNull(users.disabledAt),
        token.userId ? eq(users.id, token.userId) : undefined,
      ),
    );
  return user && { ...found, user };
}
