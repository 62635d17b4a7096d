import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { applyGrants, touched } from "../grants/apply.ts";
import { keyOf } from "../grants/giving.ts";
import { rightsNews } from "../grants/mail.ts";
import { currentGrants } from "../grants/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { type Member, type Precondition, subjectOf } from "../members/queries.ts";
import { reachMember } from "../members/reach.ts";
import { notify } from "../notifications/notify.ts";
import { roleGiven, rolesOnAccount } from "./queries.ts";

/**
 * B14: one role on the account takes the place of all that an active user has there. Single permissions and what they
 * hold on mailboxes stay. `role` is a system role's key or a custom role's id. The user is told.
 */
export function changeRole(actor: Actor, memberId: string, role: string, still?: Precondition): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId, still);
    if (member.status !== "active") throw new Conflict(t("Only the role of an active user can be changed here."));

    const wanted = roleGiven(role);
    const before = rolesOnAccount(await currentGrants(tx, actor.accountId, member.id));
    const ends = before.filter((grant) => keyOf(grant) !== keyOf(wanted)).map(({ id }) => id);
    const applied = await applyGrants(tx, actor, member, { adds: [wanted], ends }, "direct");
    if (touched(applied) === 0) return member;

    await recordEvent(tx, actor, "member.role_changed", subjectOf(member), {
      before: { rights: applied.before },
      after: { rights: applied.after },
    });
    if (member.userId) await notify(tx, rightsNews(actor, member, member.userId, applied));
    return member;
  });
}
