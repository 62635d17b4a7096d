import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { type Member, type Precondition, subjectOf } from "./queries.ts";
import { reachMember } from "./reach.ts";

/** Gives a blocked member the status back that they had. */
export function unblockMember(actor: Actor, memberId: string, still?: Precondition): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId, still);
    if (member.status === "active" || member.status === "waiting") return member;
    if (member.status !== "blocked") throw new Conflict(t("This user is not blocked."));

    if (member.guestUntil && member.guestUntil <= new Date())
      throw new Conflict(t("The time of this user as a guest is over. Extend it, or end it, first."));

    const [unblocked] = await tx
      .update(members)
      .set({ status: member.statusBefore ?? "active", statusBefore: null })
      .where(eq(members.id, member.id))
      .returning();
    await recordEvent(tx, actor, "member.unblocked", subjectOf(member), {
      before: { status: "blocked" },
      after: { status: unblocked!.status },
    });
    return unblocked!;
  });
}
