import { and, eq, isNull, ne } from "drizzle-orm";
import { grantCounts, lastingOwner } from "../access/counts.ts";
import type { Reader, Tx } from "../db/client.ts";
import { accounts, grants, members, users } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

const ownerGrant = (accountId: string) =>
  and(eq(grants.accountId, accountId), eq(grants.systemRole, "owner"), isNull(grants.mailboxId), grantCounts("grants"));

/** Whether the member holds the role Owner now, whatever their status. */
export async function isOwner(reader: Reader, accountId: string, memberId: string): Promise<boolean> {
  const [held] = await reader
    .select({ id: grants.id })
    .from(grants)
    .where(and(ownerGrant(accountId), eq(grants.memberId, memberId)));
  return Boolean(held);
}

/**
 * D9, T55: an account keeps an owner who is active, can sign in, and has no end date. Throws Conflict when nobody but
 * `exceptMemberId` is one. The account's row is locked first, so of two who remove each other the second sees what the first did.
 */
export async function assertOwnerRemains(tx: Tx, accountId: string, exceptMemberId: string): Promise<void> {
  if (await ownerRemains(tx, accountId, exceptMemberId)) return;
  throw new Conflict(lastOwner());
}

export const lastOwner = () =>
  t("This is the last owner of the account. Make somebody else an owner first; then you can do this.");

/** The same as an answer. */
export async function ownerRemains(tx: Tx, accountId: string, exceptMemberId: string): Promise<boolean> {
  await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId)).for("no key update");
  const [other] = await tx
    .select({ id: members.id })
    .from(grants)
    .innerJoin(members, and(eq(members.accountId, grants.accountId), eq(members.id, grants.memberId)))
    .innerJoin(users, eq(users.id, members.userId))
    .where(
      and(
        eq(grants.accountId, accountId),
        lastingOwner("grants", "members"),
        ne(members.id, exceptMemberId),
        isNull(users.disabledAt),
      ),
    )
    .limit(1);
  return Boolean(other);
}
