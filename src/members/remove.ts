import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { replaceTokens } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { domainIsProven, managedUser } from "../corporate/queries.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { members, pendingChanges, users } from "../db/schema.ts";
import { lockAccountsOf, ownedAlone } from "../deletions/queries.ts";
import { endAllGrants } from "../grants/end-all.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { endPasswordsOf } from "../mailbox-passwords/revoke.ts";
import { cancelPlanOf } from "../offboardings/cancel.ts";
import { assertOwnerRemains, isOwner } from "./last-owner.ts";
import { findMember, type Member, type Precondition, subjectOf } from "./queries.ts";
import { endCorporateSessions, reachMember } from "./reach.ts";

/**
 * Removes a user from the account (B16): every right in it ends, an open invitation dies, mailboxes stay. Where the
 * account manages the profile, it is disabled. Can be restored for 30 days. Source: D13.
 */
export const removeMember = (actor: Actor, memberId: string, still?: Precondition): Promise<Member> =>
  db.transaction((tx) => removeIn(tx, actor, memberId, still));

/** The same inside a caller's transaction. An offboarding that was planned for them is over with it. */
export async function removeIn(tx: Tx, actor: Actor, memberId: string, still?: Precondition): Promise<Member> {
  const member = await reachMember(tx, actor, memberId, still);
  if (member.status === "removed") return member;
  const rights = await takeOut(tx, actor, member, "removed");
  await recordEvent(tx, actor, "member.removed", subjectOf(member), {
    before: { status: member.status, rights },
    after: { status: "removed", rights: [] },
  });
  return findMember(tx, actor.accountId, member.id);
}

/** The same with a member whom the caller has locked and may remove; the caller writes the event. Returns what ended. */
export async function takeOut(tx: Tx, actor: Actor, member: Member, reason: string): Promise<string[]> {
  await assertMayGo(tx, member);
  await assertNobodyStranded(tx, member);
  const holdsOwner = member.status === "active" && (await isOwner(tx, actor.accountId, member.id));
  if (holdsOwner) await assertOwnerRemains(tx, actor.accountId, member.id);

  const rights = await endAllGrants(tx, actor, member, reason);
  if (member.userId) await endPasswordsOf(tx, actor, member.userId);
  await forgetUnfinished(tx, member);
  await cancelPlanOf(tx, actor, member);
  await tx
    .update(members)
    .set({ status: "removed", statusBefore: member.status, endedAt: sql`now()` })
    .where(eq(members.id, member.id));
  if (await endCorporateSessions(tx, member, true)) {
    await tx.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, member.userId!));
  }
  return rights;
}

/**
 * What deleting means for a member, as the form says it before: whether their profile is switched off with it, and in words
 * why it cannot be done now (empty: it can).
 */
export async function meaningOf(member: Member): Promise<{ managed: boolean; refusal: string }> {
  const managed = Boolean(await managedUser(db, member));
  return { managed, refusal: managed ? await unproven(db, member) : "" };
}

/** D13: while the domain is not proven, deleting could take a profile away for good from whoever really owns the address. */
async function unproven(reader: Reader, member: Member): Promise<string> {
  if (await domainIsProven(reader, member)) return "";
  return t(
    "The domain of {email} is not verified at the moment, so this user cannot be deleted. Block the user instead.",
    { email: member.email },
  );
}

async function assertMayGo(tx: Tx, member: Member) {
  const refusal = (await managedUser(tx, member)) ? await unproven(tx, member) : "";
  if (refusal) throw new Conflict(refusal);
}

/**
 * T54, T55: deleting switches the profile off everywhere. So it is refused where that would leave another account without
 * an Owner, and for who administers the installation: no account is above them.
 */
async function assertNobodyStranded(tx: Tx, member: Member) {
  const user = await managedUser(tx, member);
  if (!user) return;
  if (user.instanceAdmin)
    throw new Conflict(
      t("{email} administers this installation, so no account can delete the profile. Block the user instead.", {
        email: member.email,
      }),
    );
  await lockAccountsOf(tx, user.id);
  const { shared } = await ownedAlone(user.id, tx);
  if (shared.some(({ id }) => id !== member.accountId))
    throw new Conflict(
      t(
        "{email} is the last Owner of another account. Release the user instead, or ask them to hand that account over.",
        {
          email: member.email,
        },
      ),
    );
}

/** Unsaved changes and mailed links that nobody can use any more. */
async function forgetUnfinished(tx: Tx, member: Member) {
  await tx.delete(pendingChanges).where(eq(pendingChanges.memberId, member.id));
  await replaceTokens(tx, ["invitation", "invitation_link"], { memberId: member.id });
}
