import { eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { sessions } from "../db/schema.ts";

/** Ends every session of a user, in the transaction of the change that asks for it (T37). It writes no event of its own. */
export async function endAllSessions(tx: Tx, userId: string): Promise<void> {
  await tx.delete(sessions).where(eq(sessions.userId, userId));
}
