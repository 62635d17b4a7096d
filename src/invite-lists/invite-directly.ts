import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import type { PendingGrant } from "../db/schema.ts";
import { applyGrants } from "../grants/apply.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { dispatchInvite } from "../invites/dispatch.ts";
import { type NewInvite, openDraft } from "../invites/draft.ts";
import { type Member, subjectOf } from "../members/queries.ts";

/**
 * Invites somebody with these rights in one go, without a look at the draft: all of it, or nothing. One event,
 * `invite.sent`. Throws Invalid("email", …) for members, for who is invited already, and for who has a draft: that one is
 * somebody's unfinished work.
 */
export function inviteDirectly(actor: Actor, invite: NewInvite, rights: PendingGrant[]): Promise<Member> {
  return db.transaction(async (tx) => {
    const { member, created } = await openDraft(tx, actor, invite);
    if (!created) {
      throw new Invalid(
        "email",
        t("There is a draft for {email} already. Open it to send it.", { email: member.email }),
      );
    }
    const { after } = await applyGrants(tx, actor, member, { adds: rights, ends: [] }, "invitation");
    const sent = await dispatchInvite(tx, actor, member);
    const { email, firstName, lastName, message, guestUntil, expiresAt } = sent;
    const guest = guestUntil ? { guestUntil } : {};
    await recordEvent(tx, actor, "invite.sent", subjectOf(sent), {
      after: { status: "invited", email, firstName, lastName, message, rights: after, ...guest, expiresAt },
    });
    return sent;
  });
}
