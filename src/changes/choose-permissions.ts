import { type Actor, can } from "../access/actor.ts";
import type { Permission } from "../access/permissions.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { rightsOf } from "../grants/giving.ts";
import { findPlace } from "../grants/place.ts";
import { resolveAdds } from "../grants/resolve.ts";
import type { Member } from "../members/queries.ts";
import { stage } from "./stage.ts";

export interface PermissionsInput {
  /** Null for the account. */
  mailboxId: string | null;
  /** All that shall be held singly at this place. */
  permissions: Permission[];
  /** Until when those that are newly ticked; null for no end. */
  until?: string | null;
}

/**
 * Apply (A16): makes the single permissions at one place exactly those that were ticked, as pending changes. Ticking what
 * the actor does not hold is refused (T51); what they do not hold and did not tick stays as it is: its box was disabled.
 */
export function choosePermissions(
  actor: Actor,
  memberId: string,
  { mailboxId, permissions, until }: PermissionsInput,
): Promise<Member> {
  return stage(actor, memberId, async ({ tx, held, pending }) => {
    await findPlace(tx, actor.accountId, mailboxId);
    const chosen = new Set(permissions);
    const goes = (at: { mailboxId: string | null; permission?: Permission }) =>
      at.mailboxId === mailboxId &&
      at.permission !== undefined &&
      !chosen.has(at.permission) &&
      can(actor, at.permission, mailboxId);

    const has = new Set(
      [...held.filter(({ id }) => !pending.ends.includes(id)), ...pending.adds]
        .filter((at) => at.mailboxId === mailboxId)
        .map(({ permission }) => permission),
    );
    const wanted = [...chosen].filter((permission) => !has.has(permission));
    const givings = await resolveAdds(
      tx,
      actor.accountId,
      wanted.map((permission) => ({ mailboxId, permission, endsAt: until ?? undefined })),
    );
    assertHoldsAll(actor, rightsOf(givings));

    return {
      adds: [...pending.adds.filter((add) => !goes(add)), ...givings],
      ends: [...pending.ends, ...held.filter(goes).map(({ id }) => id)],
    };
  });
}
