import type { Actor } from "../access/actor.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { labelOf, rightsOf } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { savePending } from "../grants/save.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";
import { dispatchInvite } from "./dispatch.ts";

/**
 * Sends a draft (A6), with any rights or none (A7). What this administrator changed and had not saved is saved with it
 * (D10). Who sends vouches for all that the draft offers, so they must hold it (D9).
 */
export function sendInvite(actor: Actor, memberId: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const draft = await lockMember(tx, actor.accountId, memberId);
    if (draft.status === "invited")
      throw new Conflict(t("This invitation has been sent already. You can send it again."));
    if (draft.status !== "draft") throw new Conflict(t("Only a draft can be sent. Invite this person again."));

    const held = () => currentGrants(tx, actor.accountId, draft.id);
    const [saved, before] = await Promise.all([savePending(tx, actor, draft), held()]);
    const offered = saved ? await held() : before;
    assertHoldsAll(actor, rightsOf(offered));

    const sent = await dispatchInvite(tx, actor, draft);
    await recordEvent(tx, actor, "invite.sent", subjectOf(sent), {
      before: { status: "draft" },
      after: { status: "invited", rights: offered.map(labelOf), expiresAt: sent.expiresAt },
    });
    return sent;
  });
}
