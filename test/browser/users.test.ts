import "../support/outbox.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { newVisitor, story } from "../support/site.ts";
import { overflow, type Visitor } from "../support/visitor.ts";
import { type Account, create, reloadMember, type User } from "../support/world.ts";

/** The users list in a real browser. What script adds is told apart; what people do works without it. */
let account: Account;
let user: User;

beforeEach(async () => {
  account = await create.account({ name: "Northwind" });
  ({ user } = await create.colleague(account, ["admin"], { firstName: "Ada", lastName: "Okafor" }));
});

const zoe = () => create.colleague(account, ["viewer"], { firstName: "Zoë", lastName: "Lindqvist" });

/** Opens the list and, there, the menu of one user; returns the menu. */
async function menuOf(visitor: Visitor, name: string, query = "") {
  await visitor.open(`/admin/users${query}`);
  return visitor.menu(name);
}
const form = (visitor: Visitor, words: string) => visitor.page.locator("form", { hasText: words });

const url = (query = "") => `${process.env.BASE_URL}/admin/users${query}`;

describe("several at once", () => {
  story("are chosen, blocked after a question, and each has a verdict", async ({ visitor }) => {
    const { member } = await zoe();
    await create.colleague(account, ["owner"], { firstName: "Olga", lastName: "Owner" });
    const ada = await (await visitor()).signIn(user.email);
    await ada.open("/admin/users");
    expect(await ada.page.isVisible(".bulk")).toBe(false);
    await ada.tick("Select Zoë Lindqvist", "Select Olga Owner");
    await ada.press("Block", ada.page.locator(".bulk"));
    await ada.sees("Block 2 users?", "Zoë Lindqvist", "Olga Owner");
    await ada.press("Block", ada.page.locator("main"));
    await ada.sees("1 done, 1 refused", "someone who holds more than you");
    expect((await reloadMember(member.id)).status).toBe("blocked");
  });
});

describe("one user", () => {
  story("B16 is deleted after a question, found among the removed, and restored", async ({ visitor, scripting }) => {
    const { member } = await zoe();
    const ada = await (await visitor()).signIn(user.email);
    await ada.press("Delete", await menuOf(ada, "Zoë Lindqvist"));
    if (scripting) expect(await ada.page.getByRole("dialog", { name: "Delete user" }).isVisible()).toBe(true);
    await ada.sees("Delete user", "Delete Zoë Lindqvist?", "Mailboxes and what is in them stay");
    await ada.press("Delete", form(ada, "Delete Zoë Lindqvist?"));
    await ada.sees("Zoë Lindqvist is removed from this account");
    expect((await reloadMember(member.id)).status).toBe("removed");

    await ada.press(/^Status/, ada.page.locator(".filters"));
    await ada.press("Removed", ada.page.locator(".filters"));
    await ada.sees("Status: Removed", "1 found");
    await ada.press("Restore", await menuOf(ada, "Zoë Lindqvist", "?status=removed"));
    await ada.sees("Zoë Lindqvist is back.");
    expect((await reloadMember(member.id)).status).toBe("active");
  });

  story("gets another role, and a new one is added as Viewer", async ({ visitor }) => {
    await zoe();
    const ada = await (await visitor()).signIn(user.email);
    await ada.press("Edit role", await menuOf(ada, "Zoë Lindqvist"));
    await ada.page.check("label:has-text('Admin') >> input");
    await ada.press("Change role", form(ada, "Change role of"));
    await ada.sees("The role of Zoë Lindqvist is changed.");
    await ada.press("Add user");
    await ada.fill({ "E-mail address": `new-${ada.scripting}@outside.test` });
    await ada.press("Add", form(ada, "Add user gives the role Viewer"));
    await ada.sees(`new-${ada.scripting}@outside.test is invited as Viewer.`, "3 people, 1 waiting");
  });
});

describe("filters", () => {
  story("are added from menus and taken away one by one", async ({ visitor }) => {
    const role = await create.role(account, "account", "Press desk", []);
    await create.grant(await create.member(account, null, { email: "jo@press.test", firstName: "Jo" }), { role });
    const ada = await (await visitor()).signIn(user.email);
    const filters = ada.page.locator(".filters");
    await ada.open("/admin/users");
    await ada.press("Role", filters);
    await ada.press("Press desk", filters);
    await ada.press("Domain", filters);
    await ada.fill({ "Domain of the address": "press.test" });
    await ada.press("Filter", ada.page.locator("details[open]"));
    await ada.sees("Role: Press desk", "Domain: press.test", "1 found", "jo@press.test");
    await ada.press(/Role: Press desk/, filters);
    await ada.press(/Domain: press.test/, filters);
    await ada.sees("2 people");
  });

  test("with script, search while typing and pages keep the focus and tell the count", async () => {
    for (let n = 0; n < 60; n++) await create.member(account, null, { email: `n${n}@many.test`, firstName: `N${n}` });
    const visitor = await (await newVisitor()).signIn(user.email);
    const { page, problems } = visitor;
    await page.goto(url());
    await page.focus("#page-after");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=26–50 of 61");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("page-after");
    expect(page.url()).toContain("after=");
    await page.goBack();
    await page.waitForSelector("text=1–25 of 61");

    // What is typed while the page is still being put back would be typed into a field that is taken away.
    await visitor.settle();
    await page.focus("input[name=q]");
    await page.keyboard.type("n59@");
    await page.waitForSelector("text=1–1 of 1");
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe("n59@");
    expect(await page.textContent("#count")).toContain("1 found");
    expect(page.url()).toContain("q=n59");
    expect(problems).toEqual([]);
  });

  story("fit a phone, with menus open and rows chosen", async ({ visitor }) => {
    await create.member(account, null, { email: `${"long".repeat(14)}@${"domain".repeat(9)}.test`, status: "draft" });
    await create.colleague(account, ["viewer"], { firstName: "Zoë", lastName: "Lindqvist" });
    const ada = await (await visitor({ width: 390 })).signIn(user.email);
    const { page } = ada;
    for (const query of ["", "?status=active&role=viewer&idle=30", "?menu=mailbox"]) {
      await page.goto(url(query));
      expect(await overflow(page)).toBe("");
      expect(await ada.findings()).toEqual([]);
    }
    await page.goto(url());
    await page.check('[aria-label="Select Zoë Lindqvist"]');
    await page.click('[aria-label="Actions for Zoë Lindqvist"]');
    expect(await overflow(page)).toBe("");
  });
});
