import { sql } from "drizzle-orm";
import { issueToken } from "../access/tokens.ts";
import { hashPassword } from "../auth/passwords.ts";
import { deriveDays } from "../figures/derive.ts";
import { imapSources, mailboxUsage } from "./boxes.ts";
import { db } from "./client.ts";
import {
  accounts,
  apiCalls,
  connectors,
  domains,
  events,
  grants,
  instanceSettings,
  mailboxes,
  mails,
  members,
  notifications,
  rolePermissions,
  roles,
  signIns,
  users,
  webhookAttempts,
  webhookDeliveries,
  webhooks,
} from "./schema.ts";
import { seedClients } from "./seed-clients.ts";
import { demoConnectors } from "./seed-connectors.ts";
import { seedDelivery, seedPlans } from "./seed-delivery.ts";
import { demoDomains, demoInstance } from "./seed-domains.ts";
import { seedLeaving } from "./seed-leaving.ts";
import { demoCalls, demoMails } from "./seed-logs.ts";
import { seedOperations } from "./seed-operations.ts";
import { demoPassword } from "./seed-people.ts";
import { demoRows } from "./seed-rows.ts";
import { demoSignIns } from "./seed-sign-ins.ts";
import { demoSources, demoUsage } from "./seed-storage.ts";
import { daysAgo, demoId } from "./seed-time.ts";
import { demoDeliveries, demoWebhooks } from "./seed-webhooks.ts";

export { demoPassword, demoPeople } from "./seed-people.ts";

/**
 * Fills an empty database with the demo data: a company with people in every state, a second one that shares a person
 * with it, and somebody who is registered and in neither. All or nothing; false when somebody lives there already.
 */
export async function seedDemo(): Promise<boolean> {
  const [found] = await db.execute(sql`select 1 from accounts limit 1`);
  if (found) return false;

  const [rows, claims] = [demoRows(await hashPassword(demoPassword)), await demoDomains()];
  const told = demoDeliveries();
  await db.transaction(async (tx) => {
    await tx.insert(accounts).values(rows.accounts);
    await tx.insert(users).values(rows.users);
    await tx.insert(domains).values(claims);
    await tx.update(instanceSettings).set(demoInstance);
    await tx.insert(mailboxes).values(rows.mailboxes);
    await tx.insert(imapSources).values(demoSources(rows.mailboxes));
    await tx.insert(mailboxUsage).values(demoUsage(rows.mailboxes));
    await tx.insert(connectors).values(demoConnectors());
    await tx.insert(roles).values(rows.roles);
    await tx.insert(rolePermissions).values(rows.rolePermissions);
    await tx.insert(members).values(rows.members);
    await tx.insert(grants).values(rows.grants);
    await tx.insert(events).values(rows.events);
    await tx.insert(signIns).values(demoSignIns(rows));
    await seedClients(tx);
    await seedDelivery(tx);
    await seedPlans(tx);
    await seedLeaving(tx);
    await seedOperations(tx);

    for (const member of rows.members.filter(({ status }) => status === "invited")) {
      const minutes = Math.max(60, Math.round((Number(member.expiresAt) - Date.now()) / 60_000));
      await issueToken(tx, { purpose: "invitation", email: member.email, memberId: member.id, minutes });
    }
    await tx.insert(notifications).values(bell());
    await tx.insert(webhooks).values(demoWebhooks());
    await tx.insert(webhookDeliveries).values(told.deliveries);
    await tx.insert(webhookAttempts).values(told.attempts);
    await tx.insert(mails).values(demoMails(rows));
    await tx.insert(apiCalls).values(demoCalls());
    await deriveDays(
      tx,
      rows.accounts.map(({ id }) => id!),
    );
  });
  return true;
}

/** What the owner finds at the bell: one answer that is new, one that was read, and a mail that came back. */
function bell(): (typeof notifications.$inferInsert)[] {
  const told = { userId: demoId("user olivia@northwind.test"), accountId: demoId("Northwind") };
  const about = (email: string) => demoId(`member Northwind ${email}`);
  return [
    {
      ...told,
      kind: "invite.accepted",
      subjectId: about("ben@northwind.test"),
      data: { name: "Ben Achterberg", email: "ben@northwind.test", account: "Northwind" },
      createdAt: daysAgo(12, "ben@northwind.test"),
      readAt: daysAgo(11, "read"),
    },
    {
      ...told,
      kind: "invite.declined",
      subjectId: about("oscar@lindholm.test"),
      data: { name: "Oscar Lindholm", email: "oscar@lindholm.test", account: "Northwind" },
      createdAt: daysAgo(20, "oscar@lindholm.test"),
      readAt: daysAgo(19, "read"),
    },
    {
      ...told,
      kind: "invite.bounced",
      subjectId: about("mona.farouk@translations.test"),
      data: { name: "Mona Farouk", email: "mona.farouk@translations.test", account: "Northwind" },
      createdAt: daysAgo(1, "mona.farouk@translations.test"),
    },
  ];
}
