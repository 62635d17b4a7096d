import type { Tx } from "./client.ts";
import { accounts, alarms, events } from "./schema.ts";
import { daysAgo, demoId } from "./seed-time.ts";

/** What whoever runs the installation finds: an alarm that is over, and an account that was suspended. */
export async function seedOperations(tx: Tx): Promise<void> {
  const raisedAt = daysAgo(2, "alarm");
  await tx.insert(alarms).values({
    ...{ id: demoId("alarm"), kind: "mail_failing", detail: { seconds: 900 }, raisedAt, toldAt: raisedAt },
    clearedAt: new Date(raisedAt.getTime() + 22 * 60_000),
  });

  const [id, name, reason] = [demoId("Parcel Lane"), "Parcel Lane", "Sent advertising to bought lists. See the terms."];
  const suspendedAt = daysAgo(6, "suspension");
  await tx.insert(accounts).values({
    ...{ id, name, kind: "company", createdAt: daysAgo(90, name), suspendedAt, suspendedReason: reason },
  });
  await tx.insert(events).values({
    ...{ accountId: id, actorId: demoId("user olivia@northwind.test"), actorLabel: "olivia@northwind.test" },
    ...{ name: "account.suspended", subjectType: "account", subjectId: id, subjectLabel: name },
    ...{ after: { reason }, at: suspendedAt },
  });
}
