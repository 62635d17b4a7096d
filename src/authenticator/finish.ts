import { and, eq, isNull, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { unseal } from "../access/vault.ts";
import { db } from "../db/client.ts";
import { totpSecrets } from "../db/factors.ts";
import { tellChange } from "../factors/changed.ts";
import { countFactorGuess, forgiveFactorGuess } from "../factors/guesses.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { firstCodes } from "../recovery-codes/make.ts";
import { stepOf } from "./code.ts";

/**
 * Puts the authenticator app in force, once a code of it was typed. Returns the recovery codes that came with it, readable
 * this once; none where there are some already.
 */
export async function finishAuthenticator(person: Person, typed: string, device: string): Promise<string[]> {
  await countFactorGuess(person.userId);
  const codes = await db.transaction(async (tx) => {
    const open = and(eq(totpSecrets.userId, person.userId), isNull(totpSecrets.confirmedAt));
    const [row] = await tx.select().from(totpSecrets).where(open).for("update");
    if (!row) throw new Conflict(t("There is nothing to confirm. Begin again on your security page."));
    const step = stepOf(unseal(row.secret), typed.replaceAll(/\s/g, ""));
    if (!step)
      throw new Invalid(
        "code",
        t("This is not the code of now. Check the clock of the device, and type the newest one."),
      );

    await tx.update(totpSecrets).set({ confirmedAt: sql`now()`, lastStep: step }).where(open);
    const made = await firstCodes(tx, person.userId);
    await tellChange(tx, person, person, "user.second_factor_added", "app_added", { device });
    return made;
  });
  await forgiveFactorGuess(person.userId);
  return codes;
}
