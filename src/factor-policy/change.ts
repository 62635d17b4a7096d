import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { hasAny } from "../factors/has-any.ts";
import { Invalid, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { policyForm } from "./forms.ts";
import { remindAll } from "./remind.ts";

/**
 * Saves from when on the account asks its members for a second factor (T107). Whoever lacks one is told at once. Nobody locks
 * themselves out: from now on only for who has one. 409 when somebody else saved meanwhile (T56).
 */
export async function changePolicy(actor: Actor, { policy, version }: z.infer<typeof policyForm>) {
  if (policy === "0" && !(await hasAny(actor.userId ?? "")))
    throw new Invalid("policy", t("Set up a second factor of your own first, or leave some days."));
  const days = Number(policy);
  const from = policy === "off" ? null : policy === "keep" ? undefined : sql`now() + make_interval(days => ${days})`;
  return db.transaction(async (tx) => {
    const [before] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId)).for("update");
    const [account] = await tx
      .update(accounts)
      .set({ secondFactorFrom: from, version: sql`${accounts.version} + 1` })
      .where(and(eq(accounts.id, actor.accountId), eq(accounts.version, version)))
      .returning();
    if (!account)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    const subject = { type: "account" as const, id: account.id, label: account.name };
    await recordEvent(tx, actor, "account.changed", subject, changeOf(before!, account, ["secondFactorFrom"]));
    if (from) await remindAll(tx, actor);
    return account;
  });
}
