import { and, eq, isNull, sql } from "drizzle-orm";
import { findToken } from "../access/tokens.ts";
import { homeAccountId } from "../accounts/home.ts";
import { db, type Reader } from "../db/client.ts";
import { users } from "../db/schema.ts";

/**
 * The link to another address, how it stands, and whose it is: the user that it was made for, and nobody else (T19). `sure`:
 * an administrator chose the address, so the person confirms with their password.
 */
export async function findAddressChange(secret: string, reader: Reader = db) {
  const found = await findToken(reader, "address_change", secret);
  if (!found?.token.userId) return undefined;
  const [user] = await reader
    .select({
      id: users.id,
      email: users.email,
      accountId: homeAccountId,
      sure: sql<boolean>`${users.corporateAccountId} is not null and ${users.passwordHash} is not null
        and coalesce(${users.corporateSince} <= ${found.token.createdAt.toISOString()}::timestamptz, true)`,
    })
    .from(users)
    .where(and(eq(users.id, found.token.userId), isNull(users.disabledAt)));
  return user && { ...found, user, sure: user.sure, done: found.state === "spent" && user.email === found.token.email };
}
