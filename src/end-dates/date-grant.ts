import type { Actor } from "../access/actor.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { stage } from "../changes/stage.ts";
import { keyOf, rightsOf } from "../grants/giving.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Member } from "../members/queries.ts";
import { assertNoLonger } from "./rules.ts";

/**
 * Gives a grant another end, or none (null), in the actor's pending changes (D10). Refuses what the actor does not hold (D9),
 * and more time for oneself.
 */
export const dateGrant = (actor: Actor, memberId: string, grantId: string, until: string | null): Promise<Member> =>
  stage(actor, memberId, ({ held, pending }) => {
    const grant = held.find(({ id }) => id === grantId);
    if (!grant) throw new Conflict(t("This user does not hold that any more. Open the page again."));
    assertHoldsAll(actor, rightsOf([grant]));
    const dated = { ...grant, endsAt: until };
    if (memberId === actor.memberId) assertNoLonger(held, [dated]);
    const others = pending.adds.filter((add) => keyOf(add) !== keyOf(grant));
    return { adds: [...others, dated], ends: pending.ends.filter((id) => id !== grant.id) };
  });
