import type { Actor } from "../access/actor.ts";
import { loadVisitor } from "../access/load-actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";
import { dispatchInvite } from "./dispatch.ts";

/** Sends an invitation that waits once more: a new link, the old one dead, the clock from the start (D17). */
export function resendInvite(actor: Actor, memberId: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    if (member.status === "draft") throw new Conflict(t("This invitation has not been sent yet."));
    if (member.status !== "invited")
      throw new Conflict(t("There is no invitation waiting here any more. Invite again."));

    const sent = await dispatchInvite(tx, actor, member, await inviterOf(tx, actor, member));
    await recordEvent(tx, actor, "invite.resent", subjectOf(sent), {
      before: { invitedAt: member.invitedAt, expiresAt: member.expiresAt },
      after: { invitedAt: sent.invitedAt, expiresAt: sent.expiresAt },
    });
    return sent;
  });
}

/** The one who invited stays the inviter and hears the answer, unless they are not in the account any more. */
async function inviterOf(tx: Tx, actor: Actor, member: Member): Promise<string | null> {
  if (!member.invitedBy || member.invitedBy === actor.userId) return actor.userId;
  const inviter = await loadVisitor(member.invitedBy, member.accountId, tx);
  return inviter?.account?.id === member.accountId ? member.invitedBy : actor.userId;
}
