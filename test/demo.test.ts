import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts, events, members } from "../src/db/schema.ts";
import { demoPassword, demoPeople, seedDemo } from "../src/db/seed.ts";
import { Browser } from "./support/browser.ts";

test("the demo data is filled in once, and every sign-in that is printed works", async () => {
  expect(await seedDemo()).toBe(true);
  expect(await seedDemo()).toBe(false);

  for (const { email } of demoPeople) {
    const browser = new Browser();
    await browser.signIn(email, demoPassword);
    const home = await browser.get("/");
    expect(home.headers.location).not.toBe("/sign-in");
  }
});

test("the demo company has people in every state, and a log that starts with its first day", async () => {
  const [northwind] = await db.select().from(accounts).where(eq(accounts.name, "Northwind"));
  const states = await db
    .select({ status: members.status, people: sql<number>`count(*)::int` })
    .from(members)
    .where(eq(members.accountId, northwind!.id))
    .groupBy(members.status);
  expect(states.map(({ status }) => status).sort()).toEqual(
    ["active", "blocked", "declined", "draft", "expired", "invited", "removed", "revoked", "waiting"].sort(),
  );
  const log = await db.select().from(events).where(eq(events.accountId, northwind!.id)).orderBy(events.id);
  expect(log[0]!.name).toBe("account.created");
  expect(log.map(({ at }) => at.getTime())).toEqual(log.map(({ at }) => at.getTime()).sort((a, b) => a - b));
  expect(log.every(({ at }) => at.getTime() <= Date.now())).toBe(true);

  const rights = log.flatMap(({ after }) => (after as { rights?: string[] } | null)?.rights ?? []);
  expect(rights).toContain("Mailbox reader (Press)");
  expect(rights.filter((label) => /:|^\w+\.\w+$/.test(label))).toEqual([]);
});
