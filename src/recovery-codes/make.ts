import { hash, randomBytes } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { recoveryCodes } from "../db/factors.ts";

/** As many as one gets at once. */
export const howMany = 10;

/** Without letters that are taken for one another: 32 signs, so each stands for five bits. */
const letters = "0abcdefghjkmnpqrstuvwxyz23456789";

/** 140 random bits as seven times four signs (ASVS 11.5.1 asks for 128). */
function newCode(): string {
  const signs = [...randomBytes(28)].map((byte) => letters[byte & 31]).join("");
  return signs.match(/.{4}/g)!.join("-");
}

/** Whether a text, without spaces and hyphens, can be a recovery code at all. Those made in earlier versions have 16 or 24 signs. */
export const isRecoveryCode = (text: string): boolean => /^(?:[a-z0-9]{16}|[a-z0-9]{24}|[a-z0-9]{28})$/i.test(text);

/** What is kept of a code: with 112 random bits or more in it, a plain hash tells nobody anything (ASVS 6.5.2). */
export const hashOfCode = (code: string): string => hash("sha256", code.replaceAll(/[\s-]/g, "").toLowerCase(), "hex");

/** New codes instead of all earlier ones: as they are shown this once. */
export async function makeCodes(tx: Tx, userId: string): Promise<string[]> {
  const codes = Array.from({ length: howMany }, newCode);
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  await tx.insert(recoveryCodes).values(codes.map((code) => ({ userId, hash: hashOfCode(code) })));
  return codes;
}

/** The codes that come with the first factor; none where some are left. */
export async function firstCodes(tx: Tx, userId: string): Promise<string[]> {
  const [left] = await tx
    .select({ id: recoveryCodes.id })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)))
    .limit(1);
  return left ? [] : makeCodes(tx, userId);
}
