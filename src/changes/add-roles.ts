import type { Actor } from "../access/actor.ts";
import { isSystemRole } from "../access/permissions.ts";
import { assertHoldsAll } from "../access/policy.ts";
import type { PendingGrant } from "../db/schema.ts";
import { rightsOf } from "../grants/giving.ts";
import { resolveAdds } from "../grants/resolve.ts";
import type { Member } from "../members/queries.ts";
import { stage } from "./stage.ts";

export interface RolesInput {
  /** Null for the account. */
  mailboxId: string | null;
  /** Keys of system roles and ids of custom roles. */
  roles: string[];
  /** Until when all of them; null for no end. */
  until?: string | null;
}

/** Adds roles to the actor's pending changes, several at once (A8, A9, A17). Refuses what the actor does not hold (T51). */
export function addRoles(actor: Actor, memberId: string, { mailboxId, roles, until }: RolesInput): Promise<Member> {
  return stage(actor, memberId, async ({ tx, pending }) => {
    const wanted = roles.map(
      (role): PendingGrant => ({
        mailboxId,
        endsAt: until ?? undefined,
        ...(isSystemRole(role) ? { systemRole: role } : { roleId: role }),
      }),
    );
    const givings = await resolveAdds(tx, actor.accountId, wanted);
    assertHoldsAll(actor, rightsOf(givings));
    return { ...pending, adds: [...pending.adds, ...givings] };
  });
}
