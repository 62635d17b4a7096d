import { eq, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { suspensionForm } from "./forms.ts";
import { lockAccount } from "./queries.ts";
import { tellOwners } from "./tell-owners.ts";

/**
 * Suspends an account: from this moment on nobody works in it, by page, program or mail program, and nobody comes in. What
 * jobs had begun waits; mail is still taken in for its mailboxes. Nothing is changed or erased. Throws Invalid("name", …)
 * unless the account's name was typed; 409 where it is suspended already or deleted.
 */
export function suspendAccount(person: Person, accountId: string, { reason, name }: z.infer<typeof suspensionForm>) {
  return db.transaction(async (tx) => {
    const account = await lockAccount(tx, accountId);
    if (account.deletedAt) throw new Conflict(t("This account is deleted: nobody works in it."));
    if (account.suspendedAt) throw new Conflict(t("This account is suspended already."));
    if (name.trim().normalize("NFC") !== account.name)
      throw new Invalid("name", t("Type the name of the account exactly: {name}", { name: account.name }));

    await tx
      .update(accounts)
      .set({ suspendedAt: sql`now()`, suspendedReason: reason, version: sql`${accounts.version} + 1` })
      .where(eq(accounts.id, account.id));
    const subject = { type: "account" as const, id: account.id, label: account.name };
    const author = { ...person, accountId: account.id };
    await recordEvent(tx, author, "account.suspended", subject, { after: { reason } });
    await tellOwners(tx, account.id, "account_suspended", { reason });
    return account;
  });
}
