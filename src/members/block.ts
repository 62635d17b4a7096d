import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertOwnerRemains, isOwner } from "./last-owner.ts";
import { type Member, type Precondition, subjectOf } from "./queries.ts";
import { endCorporateSessions, reachMember } from "./reach.ts";

/** Takes somebody's access away for now; roles and permissions stay, and count again after unblocking (D13). */
export function blockMember(actor: Actor, memberId: string, still?: Precondition): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId, still);
    if (member.status === "blocked") return member;
    if (member.status !== "active" && member.status !== "waiting") {
      throw new Conflict(t("Only a user who has arrived can be blocked. An invitation can be revoked."));
    }
    if (await isOwner(tx, actor.accountId, member.id)) await assertOwnerRemains(tx, actor.accountId, member.id);

    const [blocked] = await tx
      .update(members)
      .set({ status: "blocked", statusBefore: member.status })
      .where(eq(members.id, member.id))
      .returning();
    await endCorporateSessions(tx, member);
    await recordEvent(tx, actor, "member.blocked", subjectOf(member), {
      before: { status: member.status },
      after: { status: "blocked" },
    });
    return blocked!;
  });
}
