import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Tx } from "../db/client.ts";
import { offboardings } from "../db/schema.ts";
import type { Member } from "../members/queries.ts";

/** Whoever is restored has not left any more, wherever the restoration was asked for: their last offboarding says so. */
export async function markRestored(tx: Tx, actor: Actor, member: Member): Promise<void> {
  await tx
    .update(offboardings)
    .set({ status: "restored", endedBy: actor.userId, version: sql`${offboardings.version} + 1` })
    .where(
      and(
        eq(offboardings.accountId, member.accountId),
        eq(offboardings.memberId, member.id),
        eq(offboardings.status, "done"),
      ),
    );
}
