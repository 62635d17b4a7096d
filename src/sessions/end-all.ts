import { eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { sessions, trustedDevices } from "../db/schema.ts";

/**
 * Ends every session of a user, in the transaction of the change that asks for it (T37), and the trust in their devices: what
 * they proved before counts no more. It writes no event of its own.
 */
export async function endAllSessions(tx: Tx, userId: string): Promise<void> {
  await tx.delete(sessions).where(eq(sessions.userId, userId));
  await tx.delete(trustedDevices).where(eq(trustedDevices.userId, userId));
}
