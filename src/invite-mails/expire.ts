import { and, eq, inArray, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { replaceTokens } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { endedInvitation } from "../belonging/ended-invitation.ts";
import { db, type Tx } from "../db/client.ts";
import { members, pendingChanges } from "../db/schema.ts";
import { endAllGrants } from "../grants/end-all.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { tellInviter } from "./tell-inviter.ts";

/**
 * Ends a batch of invitations and drafts whose time is up by the database's clock (D2, D17, R16). What they offered ends
 * with them; the inviter of an invitation is told. Returns how many; fewer than `size` means none is left.
 */
export function expireInvites(size = 100): Promise<number> {
  return db.transaction(async (tx) => {
    const due = await tx
      .select()
      .from(members)
      .where(and(inArray(members.status, ["draft", "invited"]), sql`${members.expiresAt} <= now()`))
      .orderBy(members.expiresAt)
      .limit(size)
      .for("update", { skipLocked: true });
    for (const member of due) await expireOne(tx, member);
    return due.length;
  });
}

async function expireOne(tx: Tx, member: Member) {
  const muster = system(member.accountId);
  const ended = await endAllGrants(tx, muster, member, "expired");
  const [over] = await tx
    .update(members)
    .set(endedInvitation("expired"))
    .where(eq(members.id, member.id))
    .returning({ status: members.status });
  await tx.delete(pendingChanges).where(eq(pendingChanges.memberId, member.id));
  await replaceTokens(tx, ["invitation", "invitation_link"], { memberId: member.id });
  await recordEvent(tx, muster, "invite.expired", subjectOf(member), {
    before: { status: member.status, rights: ended },
    after: over,
  });
  if (member.status === "invited") {
    await tellInviter(tx, member, { kind: "invite.expired", mail: "invite_expired" });
  }
}
