import type { Actor } from "../access/actor.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { db, type Tx } from "../db/client.ts";
import type { PendingGrant } from "../db/schema.ts";
import { heldBy } from "../grants/queries.ts";
import { changeNow } from "../grants/save.ts";
import { lockMember, type Member } from "../members/queries.ts";

/** Gives one member one role, on the account or on a mailbox, and tells them. Held already: nothing happens. */
export function giveRole(actor: Actor, memberId: string, wanted: PendingGrant): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await editable(tx, actor, memberId);
    await changeNow(tx, actor, member, { adds: [wanted], ends: [] });
    return member;
  });
}

/** The member, locked, where the actor may change their rights (T54). */
export async function editable(tx: Tx, actor: Actor, memberId: string): Promise<Member> {
  const member = await lockMember(tx, actor.accountId, memberId);
  assertMayEdit(actor, member, await heldBy(tx, actor.accountId, member.id));
  return member;
}
