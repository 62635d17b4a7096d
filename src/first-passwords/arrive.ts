import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { members } from "../db/schema.ts";

/** Who has a password now waits no longer: their place counts from here. Blocked meanwhile, it counts once unblocked. */
export async function arrive(tx: Tx, userId: string): Promise<void> {
  await tx
    .update(members)
    .set({ status: "active", joinedAt: sql`now()` })
    .where(and(eq(members.userId, userId), eq(members.status, "waiting")));
  await tx
    .update(members)
    .set({ statusBefore: "active" })
    .where(and(eq(members.userId, userId), eq(members.status, "blocked"), eq(members.statusBefore, "waiting")));
}
