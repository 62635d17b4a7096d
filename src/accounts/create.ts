import { eq, sql } from "drizzle-orm";
import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { accounts, grants, members, users } from "../db/schema.ts";
import { Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** Corporate users create no accounts (A45, T30). */
export function assertMayCreate(person: Person): void {
  if (person.corporateAccountId)
    throw new Forbidden(t("Your organisation manages your profile, so you cannot create accounts."));
}

/** Makes a company account with the person as its Owner. Corporate users cannot (A45, T30). */
export async function createAccount(person: Person, { name }: { name: string }) {
  assertMayCreate(person);
  await assertWithin([{ key: `accounts:${person.userId}`, points: 10, seconds: 86_400 }]);

  return db.transaction(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, person.userId));
    const [account] = await tx.insert(accounts).values({ name, kind: "company" }).returning();
    const accountId = account!.id;
    const { email, firstName, lastName } = user!;
    const [member] = await tx
      .insert(members)
      .values({ accountId, userId: person.userId, email, firstName, lastName, status: "active", joinedAt: sql`now()` })
      .returning();
    await tx.insert(grants).values({
      accountId,
      memberId: member!.id,
      systemRole: "owner",
      source: "registration",
      grantedBy: person.userId,
    });
    await tx.update(users).set({ lastAccountId: accountId }).where(eq(users.id, person.userId));
    const subject = { type: "account" as const, id: accountId, label: name };
    await recordEvent(tx, { ...person, accountId }, "account.created", subject, { after: { name } });
    return account!;
  });
}
