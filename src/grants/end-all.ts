import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Tx } from "../db/client.ts";
import { members } from "../db/schema.ts";
import type { Member } from "../members/queries.ts";
import { endGrants } from "./apply.ts";
import { labelOf } from "./giving.ts";
import { currentGrants } from "./queries.ts";

/**
 * Ends everything a member holds, for the reason given ("removed", "left", "declined"); the caller has checked that the
 * actor may (T54) and that an owner remains (T55). Returns the labels of what ended, for the event.
 */
export async function endAllGrants(tx: Tx, actor: Actor, member: Member, reason: string): Promise<string[]> {
  const held = await currentGrants(tx, member.accountId, member.id);
  if (held.length === 0) return [];
  await endGrants(tx, actor, member, held, reason);
  await tx
    .update(members)
    .set({ version: sql`${members.version} + 1` })
    .where(eq(members.id, member.id));
  return held.map(labelOf).sort();
}
