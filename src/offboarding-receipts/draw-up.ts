import { eq, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { offboardings } from "../db/schema.ts";
import { tellDone } from "../offboarding-runs/tell.ts";
import { computeReceipt } from "./compute.ts";
import { isClean, keptOf, type Receipt } from "./receipt.ts";

/**
 * Draws up the receipt of an offboarding that was carried out, in a transaction of its own, after the deed's. The first one
 * stays as it is; a later look stands beside it. With the first one, whoever ordered it is told. Safe to do twice.
 */
export async function drawUpReceipt(offboardingId: string): Promise<Receipt | undefined> {
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(offboardings).where(eq(offboardings.id, offboardingId)).for("update");
    if (!row?.doneAt) return undefined;
    const receipt = await computeReceipt(tx, row);
    const kept = keptOf(row.receipt);
    const receipts = kept ? { first: kept.first, again: receipt } : { first: receipt, again: null };
    await tx
      .update(offboardings)
      .set({ receipt: { ...receipts }, receiptAt: sql`coalesce(${offboardings.receiptAt}, now())` })
      .where(eq(offboardings.id, row.id));
    if (!kept) await tellDone(tx, row, isClean(receipt));
    return receipt;
  });
}
