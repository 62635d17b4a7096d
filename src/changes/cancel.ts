import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { pendingChanges } from "../db/schema.ts";
import { findMember, type Member } from "../members/queries.ts";
import { assertEditor } from "./may-edit.ts";
import { ofActor } from "./queries.ts";

/** Cancel (D10): forgets what this administrator has not saved. */
export function cancelChanges(actor: Actor, memberId: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await findMember(tx, actor.accountId, memberId);
    assertEditor(actor, member);
    await tx.delete(pendingChanges).where(ofActor(actor, member.id));
    return member;
  });
}
