import { and, eq, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import { unseal } from "../access/vault.ts";
import type { Author } from "../audit/record.ts";
import { stepOf } from "../authenticator/code.ts";
import { db } from "../db/client.ts";
import { recoveryCodes, totpSecrets } from "../db/factors.ts";
import { hashOfCode, isRecoveryCode } from "../recovery-codes/make.ts";
import { tellChange } from "./changed.ts";

/** How a typed code was right: from the app, or one of the recovery codes. */
export type Taken = "totp" | "recovery";

/**
 * Takes a code that somebody typed: the app's, or a recovery code. Each is taken once, by one conditional update, so of many
 * who send it at once one is let in (T104, RFC 6238, 5.2). Undefined when it is wrong or was taken before.
 */
export async function takeCode(author: Author & { userId: string }, typed: string, device: string) {
  const text = typed.replaceAll(/[\s-]/g, "");
  if (/^\d{6}$/.test(text)) return (await takeAppCode(author.userId, text)) ? ("totp" as const) : undefined;
  if (isRecoveryCode(text)) return (await takeRecoveryCode(author, text, device)) ? ("recovery" as const) : undefined;
  return undefined;
}

async function takeAppCode(userId: string, code: string): Promise<boolean> {
  const inForce = and(eq(totpSecrets.userId, userId), isNotNull(totpSecrets.confirmedAt));
  const [row] = await db.select().from(totpSecrets).where(inForce);
  const step = row && stepOf(unseal(row.secret), code);
  if (!step) return false;
  const [taken] = await db
    .update(totpSecrets)
    .set({ lastStep: step })
    .where(
      and(
        inForce,
        eq(totpSecrets.secret, row.secret),
        or(isNull(totpSecrets.lastStep), lt(totpSecrets.lastStep, step)),
      ),
    )
    .returning({ userId: totpSecrets.userId });
  return Boolean(taken);
}

const takeRecoveryCode = (author: Author & { userId: string }, code: string, device: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    const unused = and(eq(recoveryCodes.userId, author.userId), isNull(recoveryCodes.usedAt));
    const [taken] = await tx
      .update(recoveryCodes)
      .set({ usedAt: sql`now()` })
      .where(and(unused, eq(recoveryCodes.hash, hashOfCode(code))))
      .returning({ id: recoveryCodes.id });
    if (!taken) return false;
    const [codes] = await tx.select({ left: sql<string>`count(*)::text` }).from(recoveryCodes).where(unused);
    const about = { device, left: codes?.left ?? "0" };
    await tellChange(
      tx,
      author,
      { userId: author.userId, label: author.label },
      "user.recovery_code_used",
      "code_used",
      about,
    );
    return true;
  });
