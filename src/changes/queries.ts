import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Reader } from "../db/client.ts";
import { pendingChanges } from "../db/schema.ts";

export type Pending = typeof pendingChanges.$inferSelect;

/** The row of one administrator about one member. */
export const ofActor = (actor: Actor, memberId: string) =>
  and(
    eq(pendingChanges.accountId, actor.accountId),
    eq(pendingChanges.adminId, actor.userId!),
    eq(pendingChanges.memberId, memberId),
  );

/** What this administrator has changed on this member and not saved yet (D10). */
export async function findPending(reader: Reader, actor: Actor, memberId: string): Promise<Pending | undefined> {
  const [row] = await reader.select().from(pendingChanges).where(ofActor(actor, memberId));
  return row;
}
