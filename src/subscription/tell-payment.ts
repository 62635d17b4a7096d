import { eq } from "drizzle-orm";
import { db } from "../db/client.ts";
import { accounts, users } from "../db/schema.ts";
import { payment } from "../plans/payment.ts";
import { findPlan } from "../plans/queries.ts";
import type { JobPayloads } from "../queue.ts";

/** Tells whoever takes the money what an account has now. Throws what they throw: the queue tries again. */
export async function tellPayment(payload: JobPayloads["tell_payment"]): Promise<void> {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, payload.accountId));
  if (!account) return;
  const [by] = payload.userId ? await db.select().from(users).where(eq(users.id, payload.userId)) : [];
  const provider = await payment();
  await provider.tell({
    id: payload.changeId,
    account: { id: account.id, name: account.name },
    by: by ? { id: by.id, email: by.email } : null,
    from: await findPlan(payload.fromId),
    to: await findPlan(payload.toId),
  });
}
