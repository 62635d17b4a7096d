import { eq } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { accounts, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { restorableAccounts } from "./queries.ts";

/**
 * Takes the deletion of an account back, within 30 days, by one who is its Owner: everybody has what they had. Its domains
 * stay closed: another account may have activated one meanwhile, so activating again is a decision. 404 for anybody else.
 */
export function restoreAccount(person: Person, accountId: string) {
  const id = uuidOr404(accountId).toLowerCase();
  return db.transaction(async (tx) => {
    await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, id)).for("update");
    const found = (await restorableAccounts(person.userId, tx)).find((each) => each.id === id);
    if (!found) throw new NotFound();
    await tx.update(accounts).set({ deletedAt: null, deletedBy: null }).where(eq(accounts.id, id));
    await tx.update(users).set({ lastAccountId: id }).where(eq(users.id, person.userId));
    const subject = { type: "account" as const, id, label: found.name };
    await recordEvent(tx, { ...person, accountId: id }, "account.restored", subject, { after: { name: found.name } });
    return found;
  });
}
