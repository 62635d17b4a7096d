import { hash, randomBytes } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { mailboxAliases, mailboxForwards, mailboxPasswords, mailGroupMembers, mailGroups } from "./boxes.ts";
import type { Tx } from "./client.ts";
import { plans } from "./plans.ts";
import { accounts } from "./schema.ts";
import { recorder } from "./seed-history.ts";
import type { Rows } from "./seed-rows.ts";
import { day, daysAgo, demoId } from "./seed-time.ts";

const accountId = demoId("Northwind");
const olivia = { id: demoId("user olivia@northwind.test"), email: "olivia@northwind.test" };
const adam = { id: demoId("user adam@northwind.test"), email: "adam@northwind.test" };
const support = { accountId, mailboxId: demoId("northwind-support@muster.test") };
const press = { accountId, mailboxId: demoId("northwind-press@muster.test") };

const groups = [
  {
    name: "Front desk",
    address: "hello@northwind.test",
    days: 150,
    members: ["northwind-support@muster.test", "northwind-events@muster.test", "adam@northwind.test"],
  },
  {
    name: "Newsroom",
    address: "newsroom@northwind.test",
    days: 48,
    members: ["northwind-press@muster.test", "nadia@agentur-weiss.test"],
  },
];

/** What the log says about it: written before the events are sorted by their time. */
export function addDeliveryHistory(rows: Rows): void {
  const record = recorder(rows, accountId, olivia);
  for (const { name, address, days, members } of groups) {
    const after = { name, address, addresses: members };
    record("group.created", "group", demoId(address), name, daysAgo(days, address), after);
  }
  const aliased = daysAgo(200, "help");
  const address = "help@northwind.test";
  record("mailbox.alias_added", "mailbox", support.mailboxId, "Support", aliased, { address });
  const outside = { address: "nadia@agentur-weiss.test", keepCopy: true, outside: true };
  record("mailbox.forward_added", "mailbox", press.mailboxId, "Press", daysAgo(3, "nadia"), outside);
  for (const { label, days } of passwords) {
    const after = { label, holder: "northwind-support@muster.test" };
    record("mailbox.password_created", "mailbox", support.mailboxId, "Support", daysAgo(days, label), after);
  }
}

const passwords = [
  { label: "Scanner on floor 2", days: 120, userId: null },
  { label: "Adam’s telephone", days: 16, userId: adam.id },
];

/** Other ways to and from the demo's mailboxes, and passwords for mail programs whose words nobody has ever known. */
export async function seedDelivery(tx: Tx): Promise<void> {
  const by = { accountId, createdBy: olivia.id };
  await tx.insert(mailboxAliases).values([
    { ...by, ...support, address: "help@northwind.test", createdAt: daysAgo(200, "help") },
    { ...by, ...support, address: "service@northwind.test", createdAt: daysAgo(90, "service") },
    { ...by, ...press, address: "media@northwind.test", createdAt: daysAgo(60, "media") },
  ]);
  const since = daysAgo(3, "nadia");
  await tx.insert(mailboxForwards).values([
    { ...by, ...support, address: "northwind-events@muster.test", createdAt: since, startsAt: since },
    {
      ...{ ...by, ...press, address: "nadia@agentur-weiss.test", createdAt: since, startsAt: since },
      endsAt: new Date(Date.now() + 18 * day),
    },
  ]);
  await tx.insert(mailboxPasswords).values(
    passwords.map(({ label, days, userId }) => ({
      ...{ ...by, ...support, label, userId, createdAt: daysAgo(days, label) },
      hash: hash("sha256", randomBytes(32), "hex"),
    })),
  );
  for (const { name, address, days, members } of groups) {
    const groupId = demoId(address);
    await tx.insert(mailGroups).values({ ...by, id: groupId, name, address, createdAt: daysAgo(days, address) });
    await tx.insert(mailGroupMembers).values(members.map((member) => ({ accountId, groupId, address: member })));
  }
}

/** Three plans to choose from, so that the account has one with a limit and room in it. */
export async function seedPlans(tx: Tx): Promise<void> {
  const team = demoId("plan Team");
  await tx.insert(plans).values([
    { id: demoId("plan Start"), name: "Start", about: "For a small office.", mailboxes: 5, price: "€ 9 a month" },
    { id: team, name: "Team", about: "For a company that grows.", mailboxes: 25, price: "€ 29 a month", position: 1 },
  ]);
  await tx.update(plans).set({ price: "€ 79 a month", position: 2 }).where(sql`is_default`);
  await tx.update(accounts).set({ planId: team }).where(eq(accounts.id, accountId));
}
