import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { Invalid, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { accountForm } from "./forms.ts";
import { mailboxRole } from "./queries.ts";

/**
 * Saves what an account decides for itself. 409 when somebody else did meanwhile (T56). The role that newcomers get on their
 * personal mailbox is granted by it, so whoever chooses it must hold it (D9).
 */
export function changeAccount(actor: Actor, { version, ...typed }: z.infer<typeof accountForm>) {
  return db.transaction(async (tx) => {
    const [before] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId)).for("update");
    if (typed.personalMailboxRole !== before!.personalMailboxRole) {
      const role = await mailboxRole(tx, actor.accountId, typed.personalMailboxRole);
      if (!role) throw new Invalid("personalMailboxRole", t("Choose a role from the list."));
      assertHoldsAll(
        actor,
        role.permissions.map((permission) => ({ permission, mailboxId: null })),
      );
    }
    return saveSettings(tx, actor, before!, version, typed);
  });
}

type Settings = Omit<Partial<typeof accounts.$inferInsert>, "id" | "version">;

/** Writes settings of the actor's account, locked by the caller, and their event. 409 when somebody else did meanwhile (T56). */
export async function saveSettings(
  tx: Tx,
  actor: Actor,
  before: typeof accounts.$inferSelect,
  version: number,
  typed: Settings,
) {
  const [account] = await tx
    .update(accounts)
    .set({ ...typed, version: sql`${accounts.version} + 1` })
    .where(and(eq(accounts.id, actor.accountId), eq(accounts.version, version)))
    .returning();
  if (!account)
    throw new Stale(
      t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
    );
  const change = changeOf(before, account, Object.keys(typed) as (keyof Settings)[]);
  const name = Object.keys(change.after).join() === "name" ? "account.renamed" : "account.changed";
  await recordEvent(tx, actor, name, { type: "account", id: account.id, label: account.name }, change);
  return account;
}
