import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { currentGrants, type Grant } from "../grants/queries.ts";
import { changeNow } from "../grants/save.ts";
import { Conflict, NotFound, Stale } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member } from "../members/queries.ts";
import { assertMayEnd } from "./may-end.ts";
import { wasHeldBy } from "./queries.ts";

/**
 * Ends exactly one grant of a member, with the event and the news that every change of rights has. 404 for one that is
 * not this member's, 409 for one that has ended, for the last owner's, and when the member's rights changed since the page
 * was shown (T56).
 */
export function endPath(
  actor: Actor,
  memberId: string,
  input: { grantId: string; version: number },
): Promise<{ member: Member; grant: Grant }> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    const held = await currentGrants(tx, actor.accountId, member.id);
    const grant = held.find(({ id }) => id === uuidOr404(input.grantId).toLowerCase());
    if (!grant) {
      if (!(await wasHeldBy(tx, member, input.grantId))) throw new NotFound();
      throw new Conflict(t("This has ended already."));
    }
    assertMayEnd(actor, member, held, grant);
    if (member.version !== input.version)
      throw new Stale(
        t("The rights of this user changed after you opened this page. Nothing was ended. Look again first."),
      );
    await changeNow(tx, actor, member, { adds: [], ends: [grant.id] });
    return { member, grant };
  });
}
