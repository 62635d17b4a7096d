import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** Gives the account another name. 409 when somebody else did meanwhile (T56). */
export function renameAccount(actor: Actor, { name, version }: { name: string; version: number }) {
  return db.transaction(async (tx) => {
    const [before] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId)).for("update");
    const [account] = await tx
      .update(accounts)
      .set({ name, version: sql`${accounts.version} + 1` })
      .where(and(eq(accounts.id, actor.accountId), eq(accounts.version, version)))
      .returning();
    if (!account)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    const subject = { type: "account" as const, id: account.id, label: name };
    await recordEvent(tx, actor, "account.renamed", subject, { before: { name: before!.name }, after: { name } });
    return account;
  });
}
