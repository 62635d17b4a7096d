import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { recordEvent } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { members, tokens, type users } from "../db/schema.ts";
import { labelOf } from "../grants/giving.ts";
import { tellInviter } from "../invite-mails/tell-inviter.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { offerOf } from "../offers/offer.ts";
import { type Dropped, recheckOffer } from "../offers/recheck.ts";

export type Claimant = Pick<typeof users.$inferSelect, "id" | "email" | "firstName" | "lastName">;

export interface Claimed {
  member: Member;
  /** What was offered and could not be given any more (T6, T7). */
  dropped: Dropped[];
}

/**
 * Makes somebody a member by an invitation to their own, proven address: one conditional update, so of many who try at
 * once exactly one joins (T1). What was offered counts from now on (A27, A28), as far as it still may be given; links die, and
 * the inviter is told (A22). Undefined where no open invitation of that address is there. In the caller's transaction.
 */
export async function claimInvitation(
  tx: Tx,
  user: Claimant,
  memberId: string,
  request: { requestId?: string; ip?: string } = {},
): Promise<Claimed | undefined> {
  const member = await join(tx, user, memberId);
  if (!member) return undefined;

  const { kept, dropped } = await recheckOffer(tx, member);
  await tx
    .update(tokens)
    .set({ spentAt: sql`now()` })
    .where(
      and(
        eq(tokens.memberId, member.id),
        inArray(tokens.purpose, ["invitation", "invitation_link"]),
        isNull(tokens.spentAt),
        isNull(tokens.replacedAt),
      ),
    );
  const author = { userId: user.id, accountId: member.accountId, label: user.email, ...request };
  await recordEvent(tx, author, "invite.accepted", subjectOf(member), {
    before: { status: "invited" },
    after: {
      status: "active",
      rights: kept.map(labelOf),
      ...(dropped.length > 0 && { dropped: dropped.map((each) => `${labelOf(each)}: ${each.reason}`) }),
    },
  });
  await tellInviter(tx, member, {
    kind: "invite.accepted",
    mail: "invite_accepted",
    data: { offer: JSON.stringify(offerOf(kept)), dropped: JSON.stringify(dropped) },
    ownersToo: dropped.length > 0,
  });
  return { member, dropped };
}

async function join(tx: Tx, user: Claimant, memberId: string): Promise<Member | undefined> {
  const [member] = await tx
    .update(members)
    .set({
      status: "active",
      userId: user.id,
      firstName: user.firstName,
      lastName: user.lastName,
      // Deleted here once, and invited again (dispatch.ts): the account has managed their profile all the time.
      corporate: sql`${members.corporate} or exists (
        select from users u where u.id = ${user.id} and u.corporate_account_id = ${members.accountId})`,
      joinedAt: sql`now()`,
      lastSignInAt: sql`(select u.last_sign_in_at from users u where u.id = ${user.id})`,
      version: sql`${members.version} + 1`,
    })
    .where(
      and(
        eq(members.id, memberId),
        eq(members.email, user.email),
        eq(members.status, "invited"),
        sql`coalesce(${members.expiresAt} > now(), true)`,
        sql`exists (select 1 from accounts a where a.id = ${members.accountId} and a.deleted_at is null
          and a.suspended_at is null)`,
        sql`not exists (select 1 from members o where o.account_id = ${members.accountId} and o.user_id = ${user.id}
          and o.id <> ${members.id} and o.status not in ('removed', 'declined', 'revoked', 'expired'))`,
      ),
    )
    .returning();
  return member;
}
