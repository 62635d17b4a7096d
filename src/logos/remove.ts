import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { accountLogos, accounts } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { sayLogo } from "./limits.ts";

/** Takes the account's logo away; its address is dead from then on. */
export function removeLogo(actor: Actor) {
  return db.transaction(async (tx) => {
    const [account] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId)).for("update");
    const [gone] = await tx.delete(accountLogos).where(eq(accountLogos.accountId, actor.accountId)).returning();
    if (!gone) throw new Conflict(t("This account has no logo."));
    const subject = { type: "account" as const, id: actor.accountId, label: account!.name };
    await recordEvent(tx, actor, "account.changed", subject, { before: { logo: sayLogo(gone) }, after: { logo: "" } });
    return gone;
  });
}
