import { and, eq, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts, members, pendingChanges } from "../db/schema.ts";
import { endAllGrants } from "../grants/end-all.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { assertOwnerRemains, isOwner, lastOwner, ownerRemains } from "../members/last-owner.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { endProgramsOf } from "../oauth/end.ts";

/** Leaves an account: all rights there end. The last owner stays (D9); the mailboxes stay with the account (D13). */
export function leaveAccount(person: Person, memberId: string): Promise<{ accountName: string }> {
  return db.transaction(async (tx) => {
    const { member, accountName } = await ownPlace(tx, person, memberId);
    if (member.status === "removed") return { accountName };
    if (member.status !== "active") throw new Conflict(t("You are not in this account."));
    if (member.corporate) throw new Conflict(managed());
    if (await isOwner(tx, member.accountId, member.id)) await assertOwnerRemains(tx, member.accountId, member.id);

    const author = { ...system(member.accountId), ...person, accountId: member.accountId };
    const rights = await endAllGrants(tx, author, member, "left");
    await endProgramsOf(tx, person.userId, member.accountId, true);
    await tx.delete(pendingChanges).where(eq(pendingChanges.memberId, member.id));
    await tx
      .update(members)
      .set({ status: "removed", statusBefore: null, endedAt: sql`now()` })
      .where(eq(members.id, member.id));
    await recordEvent(tx, author, "member.left", subjectOf(member), {
      before: { status: "active", rights },
      after: { status: "removed" },
    });
    return { accountName };
  });
}

const managed = () => t("Your company manages your profile, so only an administrator can do this.");

/** Why somebody cannot leave this place by themselves, said before they try; empty where they can. */
export async function whyStay({ id, accountId, corporate }: Member): Promise<string> {
  if (corporate) return managed();
  if (!(await isOwner(db, accountId, id))) return "";
  return (await db.transaction((tx) => ownerRemains(tx, accountId, id))) ? "" : lastOwner();
}

/**
 * Somebody's own place in an account, locked. The member's row comes first and the account's after it, as everywhere that
 * an owner may go (T55): two who act on the same place wait for each other, and never both.
 */
async function ownPlace(tx: Tx, person: Person, memberId: string) {
  const mine = and(eq(members.id, uuidOr404(memberId)), eq(members.userId, person.userId));
  const [place] = await tx
    .select({ member: members, accountName: accounts.name })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(mine)
    .for("update", { of: members });
  if (!place) throw new NotFound();
  return place;
}
