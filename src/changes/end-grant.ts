import type { Actor } from "../access/actor.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { keyOf, rightsOf } from "../grants/giving.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Member } from "../members/queries.ts";
import { stage } from "./stage.ts";

/** Marks a grant as going, in the actor's pending changes. Refuses what the actor does not hold themselves (T52). */
export function endGrant(actor: Actor, memberId: string, grantId: string): Promise<Member> {
  return stage(actor, memberId, ({ held, pending }) => {
    const grant = held.find(({ id }) => id === grantId);
    if (!grant) throw new Conflict(t("This user does not hold that any more. Open the page again."));
    assertHoldsAll(actor, rightsOf([grant]));
    const adds = pending.adds.filter((add) => keyOf(add) !== keyOf(grant));
    return { adds, ends: [...pending.ends, grant.id] };
  });
}
