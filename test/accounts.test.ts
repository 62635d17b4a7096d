import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts } from "../src/db/schema.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { create, eventsOf, grantsOf } from "./support/world.ts";

const kept = { personalMailboxRole: "mailbox_owner", ownProfiles: "on" };
const named = async (name: string) => (await db.select().from(accounts).where(eq(accounts.name, name)))[0]!;

describe("somebody's accounts", () => {
  test("are listed with the roles held there, and no others", async () => {
    const { user, account, browser } = await admin("viewer");
    const second = await create.account({ name: "Second Home" });
    const member = await create.member(second, user);
    await create.grant(member, { systemRole: "admin" });
    await create.grant(member, { role: await create.role(second, "account", "Press desk", []) });
    await create.account({ name: "Not Mine" });
    await create.member(await create.account({ name: "Left Behind" }), user, { status: "removed" });

    const page = (await browser.get("/accounts").expect(200)).text;
    expect(page).toContain(account.name);
    expect(page).toContain("Second Home");
    expect(page).toContain("Admin, Press desk");
    expect(page).not.toContain("Not Mine");
    expect(page).not.toContain("Left Behind");
  });

  test("are switched, and the next sign-in starts there", async () => {
    const { user, browser } = await admin("viewer");
    const second = await create.account({ name: "Switched To" });
    await create.grant(await create.member(second, user), { systemRole: "owner" });
    await browser.post(`/accounts/${second.id}/switch`, { next: "/admin/settings" }).expect(303);
    expect((await browser.get("/admin/settings").expect(200)).text).toContain("Switched To");
    expect((await (await browserOf(user)).get("/admin/settings").expect(200)).text).toContain("Switched To");
  });

  test("T49 of others, and those that one has left, are not found", async () => {
    const { user, browser } = await admin("viewer");
    const foreign = await create.account();
    const left = await create.account();
    await create.member(left, user, { status: "removed" });
    const gone = await create.account({ deletedAt: new Date() });
    await create.member(gone, user);
    for (const id of [foreign.id, left.id, gone.id, crypto.randomUUID(), "x"]) {
      await browser.post(`/accounts/${id}/switch`).expect(404);
    }
  });

  test("T44 switching goes on to pages of ours only", async () => {
    const { account, browser } = await admin("viewer");
    const answer = await browser.post(`/accounts/${account.id}/switch`, { next: "//evil.example" }).expect(303);
    expect(answer.headers.location).toBe("/");
  });
});

describe("a company account", () => {
  test("is made by anyone signed in, who becomes its Owner and lands there", async () => {
    const user = await create.user();
    const browser = await browserOf(user);
    await browser.post("/accounts", { name: "" }).expect(422);
    const made = await browser.post("/accounts", { name: "Brand New Ltd" }).expect(303);
    expect(made.headers.location).toBe("/admin/dashboard");
    const account = await named("Brand New Ltd");
    const [member] = await db.query.members.findMany({ where: (row) => eq(row.accountId, account.id) });
    expect(member).toMatchObject({ userId: user.id, status: "active", email: user.email });
    expect(await grantsOf(member!.id)).toEqual(["owner"]);
    expect(await eventsOf(account.id)).toEqual(["account.created"]);
    expect((await browser.get("/admin/settings").expect(200)).text).toContain("Brand New Ltd");
  });

  test("T30 A45 is not for corporate users", async () => {
    const home = await create.account();
    const { user } = await create.colleague(home, ["owner"], { corporateAccountId: home.id });
    const browser = await browserOf(user, home);
    await browser.get("/accounts/new").expect(403);
    await browser.post("/accounts", { name: "Escape Ltd" }).expect(403);
    expect(await named("Escape Ltd")).toBeUndefined();
    expect((await browser.get("/accounts")).text).not.toContain("/accounts/new");
  });

  test("is not made by strangers", async () => {
    expect((await new Browser().post("/accounts", { name: "Nobody's" }).expect(303)).headers.location).toBe("/sign-in");
    expect(await named("Nobody's")).toBeUndefined();
  });
});

describe("the account's settings", () => {
  test("give it another name, with one event", async () => {
    const { account, browser } = await admin("account.edit");
    expect((await browser.get("/admin/settings").expect(200)).text).toContain(account.id);
    await browser.post("/admin/settings", { ...kept, name: "Renamed Ltd", version: "1" }).expect(303);
    expect(await named("Renamed Ltd")).toMatchObject({ id: account.id, version: 2 });
    expect((await eventsOf(account.id)).filter((name) => name === "account.renamed")).toHaveLength(1);
  });

  test("B8 are reached from the left pane, as users are, and from the menu that a phone has in its place", async () => {
    const { browser } = await admin("admin");
    const { text } = await browser.get("/admin/mailboxes").expect(200);
    expect(text).toMatch(/Settings<\/p>\s*<ul class="nav">\s*<li><a href="\/admin\/users"[^>]*>.*Manage users/);
    expect(text.match(/href="\/admin\/settings"/g)).toHaveLength(2);
  });

  test("are closed without the permission", async () => {
    const { browser } = await admin("viewer");
    await browser.get("/admin/settings").expect(403);
    await browser.post("/admin/settings", { ...kept, name: "Mine now", version: "1" }).expect(403);
  });

  test("T56 the second of two who save is told, and keeps what they typed", async () => {
    const { browser } = await admin("account.edit");
    await browser.post("/admin/settings", { ...kept, name: "First Ltd", version: "1" }).expect(303);
    const late = await browser.post("/admin/settings", { ...kept, name: "Second Ltd", version: "1" }).expect(409);
    expect(late.text).toContain('value="Second Ltd"');
    await browser.post("/admin/settings", { ...kept, name: "Second Ltd", version: "2" }).expect(303);
  });

  test("a form of another account is refused", async () => {
    const { browser } = await admin("account.edit");
    const other = await create.account();
    await browser.post("/admin/settings", { ...kept, name: "X", version: "1", _account: other.id }).expect(409);
  });
});
