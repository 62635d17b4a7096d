import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts, events, sessions } from "../src/db/schema.ts";
import { admin, Browser, owner } from "./support/browser.ts";
import { statementsOf } from "./support/statements.ts";
import { create, password, type User } from "./support/world.ts";

const page = "/admin/settings/sessions";
const set = (user: User, change: ReturnType<typeof sql>) =>
  db.execute(sql`update sessions set ${change} where user_id = ${user.id}`);
const idleFor = (user: User, minutes: number) =>
  set(user, sql`used_at = now() - make_interval(mins => ${minutes}::int)`);
const begunBefore = (user: User, hours: number) => {
  const at = JSON.stringify(new Date(Date.now() - hours * 3_600_000).toISOString());
  return set(user, sql`sess = jsonb_set(sess::jsonb, '{startedAt}', ${at}::jsonb)`);
};
const save = (browser: Browser, sessionIdleMinutes: string, sessionHours: string, version = "1") =>
  browser.post(page, { sessionIdleMinutes, sessionHours, version });

describe("an account's policy for sessions", () => {
  test("is saved with an event, shown again, and empty is the installation's", async () => {
    const { account, browser } = await owner();
    await save(browser, "10", "4").expect(303);
    expect((await browser.get(page).expect(200)).text).toMatch(/name="sessionIdleMinutes"[^>]*value="10"/);
    const [event] = await db.select().from(events).where(sql`account_id = ${account.id} and name = 'account.changed'`);
    expect(event!.after).toEqual({ sessionIdleMinutes: 10, sessionHours: 4 });
    await save(browser, "", " ", "2").expect(303);
    const [row] = await db.select().from(accounts).where(eq(accounts.id, account.id));
    expect(row).toMatchObject({ sessionIdleMinutes: null, sessionHours: null, version: 3 });
    await save(browser, "7", "1", "2").expect(409);
  });

  test("is never looser than the installation's: the limit is named, and what was typed stays", async () => {
    const { browser } = await owner();
    const idle = await save(browser, "61", "1").expect(422);
    expect(idle.text).toContain("This installation allows 60 minutes at most.");
    expect(idle.text).toMatch(/name="sessionIdleMinutes"[^>]*value="61"/);
    expect((await save(browser, "5", "13").expect(422)).text).toContain("This installation allows 12 hours at most.");
    for (const [minutes, hours] of [
      ["4", "1"],
      ["5", "0"],
      ["5.5", "1"],
      ["x", "1"],
    ])
      await save(browser, minutes!, hours!).expect(422);
  });

  test("is changed with the right to edit the account only, and for one's own account only", async () => {
    const { account, browser } = await admin("users.view", "users.edit");
    await browser.get(page).expect(403);
    await save(browser, "5", "1").expect(403);
    const neighbour = await owner();
    neighbour.browser.accountId = account.id;
    await save(neighbour.browser, "5", "1").expect(409);
    const [row] = await db.select().from(accounts).where(eq(accounts.id, account.id));
    expect(row!.sessionIdleMinutes).toBeNull();
  });

  test("ends what is idle or old from the moment it is saved, and slides by it", async () => {
    const { user, browser } = await owner();
    await idleFor(user, 20);
    await browser.get("/profile").expect(200);
    await save(browser, "10", "2").expect(303);
    await browser.get(page).expect(200);
    const [row] = await db.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(row!.expire.getTime()).toBeLessThan(Date.now() + 11 * 60_000);
    await idleFor(user, 11);
    expect((await browser.get(page).expect(303)).headers.location).toContain("/sign-in");

    await browser.signIn(user.email);
    await browser.get(page).expect(200);
    await begunBefore(user, 3);
    await browser.get(page).expect(303);
  });

  test("counts where the session works: switching into a stricter account applies it at once", async () => {
    const { user, browser } = await owner();
    const strict = await create.account({ sessionIdleMinutes: 5, sessionHours: 1 });
    await create.grant(await create.member(strict, user), { systemRole: "viewer" });
    await idleFor(user, 30);
    await begunBefore(user, 2);
    await browser.get("/admin/users").expect(200);
    await browser.post(`/accounts/${strict.id}/switch`).expect(303);
    expect((await browser.get("/admin/users").expect(303)).headers.location).toContain("/sign-in");
  });

  test("bounds a device that is to be remembered as well", async () => {
    const { user, account } = await owner();
    const kept = new Browser();
    await kept.post("/sign-in", { email: user.email, password, remember: "on" }).expect(303);
    await begunBefore(user, 20);
    await idleFor(user, 120);
    await kept.get("/profile").expect(200);
    await db.update(accounts).set({ sessionIdleMinutes: 15 }).where(eq(accounts.id, account.id));
    await kept.get("/profile").expect(200);
    const rows = await db.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(Math.min(...rows.map(({ expire }) => expire.getTime()))).toBeLessThan(Date.now() + 16 * 60_000);
    await idleFor(user, 16);
    await kept.get("/profile").expect(303);

    const again = new Browser();
    await again.post("/sign-in", { email: user.email, password, remember: "on" }).expect(303);
    await db.update(accounts).set({ sessionIdleMinutes: null, sessionHours: 8 }).where(eq(accounts.id, account.id));
    await begunBefore(user, 9);
    await again.get("/profile").expect(303);
  });

  test("costs no statement of its own", async () => {
    const { browser, account } = await owner();
    await browser.get("/profile").expect(200);
    const count = async () => (await statementsOf(() => browser.get("/profile/notifications").expect(200))).length;
    const before = await count();
    await db.update(accounts).set({ sessionHours: 3 }).where(eq(accounts.id, account.id));
    expect(await count()).toBe(before);
  });
});
