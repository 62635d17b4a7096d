import "./support/outbox.ts";
import { and, eq, isNull } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts, mailboxes, plans } from "../src/db/schema.ts";
import { owner } from "./support/browser.ts";
import { type Account, changesOf, create } from "./support/world.ts";

let named = 0;

/** Puts the account on a plan of its own with so many mailboxes. */
async function limit(account: Account, included: number | null) {
  const [plan] = await db
    .insert(plans)
    .values({ name: `Plan ${++named}`, mailboxes: included })
    .returning();
  await db.update(accounts).set({ planId: plan!.id }).where(eq(accounts.id, account.id));
  return plan!;
}

const inUse = (account: Account) =>
  db
    .select()
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, account.id), isNull(mailboxes.archivedAt)));

describe("B4 M28 a plan counts mailboxes", () => {
  test("M28 the page refuses one too many and keeps what was typed; archiving makes room, restoring needs it", async () => {
    const { account, browser } = await owner();
    const plan = await limit(account, 2);
    const [first] = [await create.mailbox(account), await create.mailbox(account)];
    const refused = await browser.post("/admin/mailboxes", { name: "Third", local: "third" }).expect(409);
    expect(refused.text).toContain(`“${plan.name}” includes 2 mailboxes, and all of them are in use`);
    expect(refused.text).toContain('value="Third"');
    await browser.post(`/admin/mailboxes/${first.id}/archive`, { version: "1" }).expect(303);
    await browser.post("/admin/mailboxes", { name: "Third", local: "third" }).expect(303);
    await browser.post(`/admin/mailboxes/${first.id}/restoration`).expect(409);
    expect(await inUse(account)).toHaveLength(2);
    expect(await changesOf(account.id)).toEqual(["mailbox.archived", "mailbox.created"]);
  });

  test("B4 users never count", async () => {
    const { account, browser } = await owner();
    await limit(account, 1);
    for (let n = 0; n < 5; n++) await create.colleague(account, ["viewer"]);
    await browser.post("/admin/users/add", { email: "sixth@elsewhere.test" }).expect(303);
    await browser.post("/admin/mailboxes", { name: "Only", local: "only-one" }).expect(303);
  });

  test("M28 of many who take the last places at once only so many get one", async () => {
    const { account, browser } = await owner();
    await limit(account, 3);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => browser.post("/admin/mailboxes", { name: "One", local: `race-${n}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 303, 303, 409, 409, 409, 409, 409]);
    expect(await inUse(account)).toHaveLength(3);
  });
});
