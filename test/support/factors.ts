import { eq, sql } from "drizzle-orm";
import { Secret, TOTP } from "otpauth";
import { seal, unseal } from "../../src/access/vault.ts";
import { db } from "../../src/db/client.ts";
import { recoveryCodes, totpSecrets } from "../../src/db/factors.ts";
import { hashOfCode } from "../../src/recovery-codes/make.ts";
import type { User } from "./world.ts";

type Who = Pick<User, "id">;

/** The code that an app with this secret shows, so many steps of thirty seconds from now. */
export const codeOf = (secret: string, steps = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });

/** Gives somebody an authenticator app in force; returns its secret. */
export async function giveApp(user: Who): Promise<string> {
  const secret = new Secret({ size: 20 }).base32;
  await db.insert(totpSecrets).values({ userId: user.id, secret: seal(secret), confirmedAt: new Date() });
  return secret;
}

/** The secret of the app that somebody has or sets up. */
export async function secretOfApp(user: Who): Promise<string> {
  const [row] = await db.select().from(totpSecrets).where(eq(totpSecrets.userId, user.id));
  return unseal(row!.secret);
}

/** Gives somebody these recovery codes. */
export const giveCodes = (user: Who, ...codes: string[]) =>
  db.insert(recoveryCodes).values(codes.map((code) => ({ userId: user.id, hash: hashOfCode(code) })));

/** Lets the time pass in which somebody may only guess so often. */
export const forgetGuesses = () => db.execute(sql`delete from rate_limits`);
