import { and, eq, isNull } from "drizzle-orm";
import { findToken } from "../access/tokens.ts";
import { homeAccountId } from "../accounts/home.ts";
import { db, type Reader } from "../db/client.ts";
import { users } from "../db/schema.ts";

/** The link to another address, how it stands, and whose it is: the user that it was made for, and nobody else (T19). */
export async function findAddressChange(secret: string, reader: Reader = db) {
  const found = await findToken(reader, "address_change", secret);
  if (!found?.token.userId) return undefined;
  const [user] = await reader
    .select({ id: users.id, email: users.email, accountId: homeAccountId })
    .from(users)
    .where(and(eq(users.id, found.token.userId), isNull(users.disabledAt)));
  return user && { ...found, user, done: found.state === "spent" && user.email === found.token.email };
}
