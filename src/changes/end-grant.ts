import type { Actor } from "../access/actor.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { rightsOf } from "../grants/giving.ts";
import { NotFound } from "../http/errors.ts";
import type { Member } from "../members/queries.ts";
import { stage } from "./stage.ts";

/** Marks a grant as going, in the actor's pending changes. Refuses what the actor does not hold themselves (T52). */
export function endGrant(actor: Actor, memberId: string, grantId: string): Promise<Member> {
  return stage(actor, memberId, ({ held, pending }) => {
    const grant = held.find(({ id }) => id === grantId);
    if (!grant) throw new NotFound();
    assertHoldsAll(actor, rightsOf([grant]));
    return { ...pending, ends: [...pending.ends, grant.id] };
  });
}
