import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertNotStronger } from "../access/policy.ts";
import { replaceTokens } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { endedInvitation } from "../belonging/ended-invitation.ts";
import { db } from "../db/client.ts";
import { members, pendingChanges } from "../db/schema.ts";
import { endAllGrants } from "../grants/end-all.ts";
import { heldBy } from "../grants/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";

/** Takes an invitation back, or drops a draft: its links are dead at once (T5), what it offered ends. */
export function revokeInvite(actor: Actor, memberId: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    if (member.status === "revoked") return member;
    if (member.status !== "draft" && member.status !== "invited") {
      throw new Conflict(t("This invitation has been answered or has ended. There is nothing to revoke."));
    }
    assertNotStronger(actor, await heldBy(tx, actor.accountId, member.id));

    const ended = await endAllGrants(tx, actor, member, "revoked");
    await tx.delete(pendingChanges).where(eq(pendingChanges.memberId, member.id));
    await replaceTokens(tx, ["invitation", "invitation_link"], { memberId: member.id });
    const [revoked] = await tx
      .update(members)
      .set(endedInvitation("revoked"))
      .where(eq(members.id, member.id))
      .returning();
    await recordEvent(tx, actor, "invite.revoked", subjectOf(member), {
      before: { status: member.status, rights: ended },
      after: { status: revoked!.status },
    });
    return revoked!;
  });
}
