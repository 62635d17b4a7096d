import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts, activationRuns, domains } from "../db/schema.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { tellOwners } from "../suspensions/tell-owners.ts";

/**
 * Deletes the account (A42, A43): nobody reaches it or its mailboxes any more, its domains stop taking people in, and its
 * corporate users stay corporate (A44). Nothing is erased: an owner can restore it for 30 days, and all of them are told. Throws Invalid("name", …)
 * unless the account's name was typed.
 */
export function deleteAccount(actor: Actor, { name }: { name: string }) {
  return db.transaction(async (tx) => {
    const [account] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId)).for("update");
    if (!account || account.deletedAt) throw new Conflict(t("This account is deleted already."));
    if (name.trim().normalize("NFC") !== account.name)
      throw new Invalid("name", t("Type the name of the account exactly: {name}", { name: account.name }));

    await tellOwners(tx, account.id, "account_deleted", { by: actor.name });
    await closeAccount(tx, account.id, actor.userId);
    const subject = { type: "account" as const, id: account.id, label: account.name };
    await recordEvent(tx, actor, "account.deleted", subject, { before: { name: account.name } });
    return account;
  });
}

/** Shuts an account: its domains are closed, a run that takes people in stops, and then it is gone for everybody. */
export async function closeAccount(tx: Tx, accountId: string, by: string | null): Promise<void> {
  await tx
    .update(domains)
    .set({ status: "verified", deactivatedAt: sql`now()`, version: sql`${domains.version} + 1` })
    .where(and(eq(domains.accountId, accountId), eq(domains.status, "active"), isNull(domains.endedAt)));
  // One whose record is missing would else open by itself when it is back, after a restore.
  await tx
    .update(domains)
    .set({ statusBefore: "verified", deactivatedAt: sql`now()`, version: sql`${domains.version} + 1` })
    .where(
      and(
        eq(domains.accountId, accountId),
        eq(domains.status, "suspended"),
        eq(domains.statusBefore, "active"),
        isNull(domains.endedAt),
      ),
    );
  await tx
    .update(activationRuns)
    .set({ status: "stopped" })
    .where(and(eq(activationRuns.accountId, accountId), inArray(activationRuns.status, ["running"])));
  await tx
    .update(accounts)
    .set({ deletedAt: sql`now()`, deletedBy: by, version: sql`${accounts.version} + 1` })
    .where(eq(accounts.id, accountId));
}
