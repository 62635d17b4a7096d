import { and, eq, isNull } from "drizzle-orm";
import { unseal } from "../access/vault.ts";
import { db } from "../db/client.ts";
import { totpSecrets } from "../db/factors.ts";
import { addressOf, squareOf } from "./code.ts";

/** The secret that waits for its first code, as people type it and as apps read it. */
export async function secretInMaking(userId: string, email: string) {
  const [row] = await db
    .select()
    .from(totpSecrets)
    .where(and(eq(totpSecrets.userId, userId), isNull(totpSecrets.confirmedAt)));
  if (!row) return undefined;
  const secret = unseal(row.secret);
  const address = addressOf(secret, email);
  return { secret: secret.match(/.{1,4}/g)!.join(" "), address, square: squareOf(address) };
}
