import { and, eq, isNull } from "drizzle-orm";
import { memberCounts } from "../access/counts.ts";
import type { Person } from "../access/person.ts";
import { db } from "../db/client.ts";
import { accounts, members, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";

/** Remembers the account as the one that the person works in; 404 unless they are an active member. Not an event: no right changes. */
export function switchAccount(person: Person, accountId: string): Promise<{ id: string; name: string }> {
  return db.transaction(async (tx) => {
    const [account] = await tx
      .select({ id: accounts.id, name: accounts.name })
      .from(accounts)
      .innerJoin(members, eq(members.accountId, accounts.id))
      .where(
        and(
          eq(accounts.id, accountId),
          isNull(accounts.deletedAt),
          eq(members.userId, person.userId),
          memberCounts("members"),
        ),
      );
    if (!account) throw new NotFound();
    await tx.update(users).set({ lastAccountId: account.id }).where(eq(users.id, person.userId));
    return account;
  });
}
