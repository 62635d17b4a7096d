import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db, type Tx } from "../db/client.ts";
import { type PendingGrant, pendingChanges } from "../db/schema.ts";
import type { Changes } from "../grants/apply.ts";
import { bare, keyOf, redates, rightsOf } from "../grants/giving.ts";
import { currentGrants, type Grant } from "../grants/queries.ts";
import { lockMember, type Member } from "../members/queries.ts";
import { assertMayEdit } from "./may-edit.ts";
import { findPending, ofActor, type Pending } from "./queries.ts";

export interface Staging {
  tx: Tx;
  /** What the member holds now. */
  held: Grant[];
  /** What the actor has changed so far, not saved. */
  pending: Changes;
}

/**
 * Changes the actor's pending changes of one member (D10): nothing counts yet, so no event is written. `change` returns
 * the whole new state; what it adds although it is held, or ends although it has ended, falls away. The version of the
 * member at the first change is kept, so that saving can tell whether somebody else was quicker (T56).
 */
export function stage(
  actor: Actor,
  memberId: string,
  change: (staging: Staging) => Promise<Changes> | Changes,
): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    const held = await currentGrants(tx, actor.accountId, member.id);
    assertMayEdit(actor, member, rightsOf(held));

    const before = await findPending(tx, actor, member.id);
    const next = await change({ tx, held, pending: { adds: before?.adds ?? [], ends: before?.ends ?? [] } });
    await keep(tx, actor, member, before, tidy(held, next));
    return member;
  });
}

/** Giving what is about to end keeps it; giving what is held to the same end, and ending what is not, is nothing. */
function tidy(held: Grant[], { adds, ends }: Changes): Changes {
  const byKey = new Map(held.map((grant) => [keyOf(grant), grant]));
  const counts = (key: string, add: PendingGrant) => {
    const grant = byKey.get(key);
    return !grant || redates(add, grant);
  };
  const wanted = new Map(adds.map((add) => [keyOf(add), bare(add)]));
  return {
    adds: [...wanted].filter(([key, add]) => counts(key, add)).map(([, add]) => add),
    ends: held.filter((grant) => ends.includes(grant.id) && !wanted.has(keyOf(grant))).map(({ id }) => id),
  };
}

async function keep(tx: Tx, actor: Actor, member: Member, before: Pending | undefined, next: Changes) {
  if (next.adds.length + next.ends.length === 0) {
    await tx.delete(pendingChanges).where(ofActor(actor, member.id));
    return;
  }
  const memberVersion = before?.memberVersion ?? member.version;
  await tx
    .insert(pendingChanges)
    .values({ accountId: actor.accountId, adminId: actor.userId!, memberId: member.id, memberVersion, ...next })
    .onConflictDoUpdate({
      target: [pendingChanges.adminId, pendingChanges.memberId],
      set: { ...next, updatedAt: sql`now()` },
    });
}
