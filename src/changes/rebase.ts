import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { pendingChanges } from "../db/schema.ts";
import { findMember, type Member } from "../members/queries.ts";
import { assertEditor } from "./may-edit.ts";
import { ofActor } from "./queries.ts";

/**
 * "Apply mine on top" (T56): the actor has seen the member as of `version` and wants their changes on that state. If the
 * member has changed again since, saving finds that out.
 */
export function rebaseChanges(actor: Actor, memberId: string, version: number): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await findMember(tx, actor.accountId, memberId);
    assertEditor(actor, member);

    if (member.version === version) {
      await tx
        .update(pendingChanges)
        .set({ memberVersion: version, updatedAt: sql`now()` })
        .where(ofActor(actor, member.id));
    }
    return member;
  });
}
