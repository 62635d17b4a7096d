import { and, eq, isNull } from "drizzle-orm";
import { db } from "../db/client.ts";
import { accountLogos, accounts } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";

/** The picture with this name (the SHA-256 of its bytes), of any account that is not deleted. 404 for none. */
export async function logoNamed(hash: string): Promise<{ type: "image/png" | "image/jpeg"; bytes: Buffer }> {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new NotFound();
  const [logo] = await db
    .select({ type: accountLogos.type, bytes: accountLogos.bytes })
    .from(accountLogos)
    .innerJoin(accounts, and(eq(accounts.id, accountLogos.accountId), isNull(accounts.deletedAt)))
    .where(eq(accountLogos.hash, hash))
    .limit(1);
  if (!logo) throw new NotFound();
  return { type: logo.type, bytes: Buffer.from(logo.bytes, "base64") };
}
