import { eq } from "drizzle-orm";
import { computeReceipt } from "../offboarding-receipts/compute.ts";
import type { Tx } from "./client.ts";
import { mailboxes, members, offboardings } from "./schema.ts";
import { daysAgo, demoId } from "./seed-time.ts";

/** Somebody of the demo who has left, with the receipt as the tables have it, and somebody who leaves in five days. */
export async function seedLeaving(tx: Tx): Promise<void> {
  const rows = await tx
    .select()
    .from(members)
    .where(eq(members.accountId, demoId("Northwind")));
  const at = (email: string) => rows.find((row) => row.email === email);
  const [walter, marek, camille] = [
    ...[at("walter@northwind.test"), at("marek@northwind.test"), at("camille@freelance.test")],
  ];
  const boxes = await tx
    .select()
    .from(mailboxes)
    .where(eq(mailboxes.accountId, demoId("Northwind")));
  const box = (key: string) => boxes.find(({ address }) => address === `northwind-${key}@muster.test`);
  const [billing, press] = [box("billing"), box("press")];
  if (!walter?.endedAt || !marek || !camille || !billing || !press) return;

  const { accountId } = walter;
  const toCamille = {
    mailboxes: [{ mailboxId: press.id, toMemberId: camille.id, role: "mailbox_reader" }],
    ownerMemberId: null,
  };
  const [done] = await tx
    .insert(offboardings)
    .values({
      ...{ id: demoId("offboarding walter"), accountId, memberId: walter.id, plan: toCamille },
      // Whom the log names for the removal.
      createdBy: demoId("user adam@northwind.test"),
      ...{ status: "done", dueAt: walter.endedAt, doneAt: walter.endedAt, createdAt: walter.endedAt },
      note: "Retired after 31 years. Keys and laptop are back.",
    })
    .returning();
  const receipt = { first: { ...(await computeReceipt(tx, done!)), at: walter.endedAt.toISOString() }, again: null };
  await tx
    .update(offboardings)
    .set({ receipt: { ...receipt }, receiptAt: walter.endedAt })
    .where(eq(offboardings.id, done!.id));

  await tx.insert(offboardings).values({
    ...{ id: demoId("offboarding marek"), accountId, memberId: marek.id },
    ...{ createdBy: demoId("user olivia@northwind.test"), createdAt: daysAgo(1, "offboarding marek") },
    plan: {
      mailboxes: [{ mailboxId: billing.id, toMemberId: camille.id, role: "mailbox_editor" }],
      ownerMemberId: null,
    },
    dueAt: new Date(Date.now() + 5 * 86_400_000),
    note: "Moves to the Prague office.",
  });
}
