import { and, eq, inArray, isNull, not, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { isSuspended } from "../access/suspended.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { members, tokens } from "../db/schema.ts";
import { queueMail } from "../mail/outbox.ts";
import { type Member, subjectOf } from "../members/queries.ts";

/**
 * Orders the reminders that are due: once for each invitation, two days before its end by the database's clock (D17). An
 * invitation younger than a day, or one whose mail came back, is not repeated. Returns how many; fewer than `size` means
 * none is left.
 */
export function remindInvites(size = 100): Promise<number> {
  return db.transaction(async (tx) => {
    const due = await tx
      .select()
      .from(members)
      .where(
        and(
          eq(members.status, "invited"),
          isNull(members.remindedAt),
          sql`${members.expiresAt} > now() and ${members.expiresAt} <= now() + interval '2 days'`,
          sql`${members.invitedAt} <= now() - interval '1 day'`,
          sql`${members.delivery} is distinct from 'bounced'`,
          not(isSuspended(sql`${members.accountId}`)),
        ),
      )
      .orderBy(members.expiresAt)
      .limit(size)
      .for("update", { skipLocked: true });
    if (due.length === 0) return 0;

    const ids = due.map(({ id }) => id);
    await tx.update(members).set({ remindedAt: sql`now()` }).where(inArray(members.id, ids));
    for (const { member, tokenId } of await withTokens(tx, due)) {
      await queueMail(tx, { kind: "invitation_reminder", subjectId: tokenId, accountId: member.accountId });
      await recordEvent(tx, system(member.accountId), "invite.reminded", subjectOf(member));
    }
    return due.length;
  });
}

/** These invitations with the token of the mail that went out: the reminder carries the same link. */
async function withTokens(tx: Tx, due: Member[]): Promise<{ member: Member; tokenId: string }[]> {
  const ids = due.map(({ id }) => id);
  const open = await tx
    .select({ id: tokens.id, memberId: tokens.memberId })
    .from(tokens)
    .where(
      and(
        eq(tokens.purpose, "invitation"),
        inArray(tokens.memberId, ids),
        isNull(tokens.spentAt),
        isNull(tokens.replacedAt),
      ),
    );
  return open.flatMap(({ id, memberId }) => {
    const member = due.find((each) => each.id === memberId);
    return member ? [{ member, tokenId: id }] : [];
  });
}
