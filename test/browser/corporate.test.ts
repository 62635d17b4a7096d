import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";
import { members, users } from "../../src/db/schema.ts";
import { runJobs } from "../support/outbox.ts";
import { story } from "../support/site.ts";
import { letterTo } from "../support/visitor.ts";
import { create, grantsOf, password } from "../support/world.ts";

const placeAt = async (email: string) => (await db.select().from(members).where(eq(members.email, email))).at(-1)!;
const userAt = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];

async function northwind(status: "verified" | "active") {
  const account = await create.account({ name: "Northwind" });
  const ada = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
  const name = `north-${crypto.randomUUID().slice(0, 8)}.test`;
  const opened = { verifiedAt: new Date(), ...(status === "active" ? { activatedAt: new Date() } : {}) };
  const domain = await create.domain(account, { name, status, ...opened });
  return { account, ada: ada.user, domain, name };
}

story(
  "an activation is seen before it happens, takes people in with all they have, and is undone",
  async ({ visitor, scripting }) => {
    const { account, ada, domain, name } = await northwind("verified");
    const early = await create.user({ email: `nina@${name}`, firstName: "Nina", lastName: "Kraus" });
    const own = await create.account({ name: "Nina's own", kind: "personal" });
    const place = await create.member(own, early);
    await create.grant(place, { systemRole: "owner" });

    const one = await (await visitor()).signIn(ada.email);
    await one.open(`/admin/domains/${domain.id}`);
    await one.press(/^Activate/);
    await one.sees("The plan", "What each of them is told", "Everyone keeps every right");
    await one.fill({ [`Type ${name} to confirm`]: "something else" });
    await one.press("Activate the domain");
    expect((await userAt(early.email))?.corporateAccountId).toBeNull();
    await one.fill({ [`Type ${name} to confirm`]: name });
    await one.press("Activate the domain");
    await one.sees("Taking people in");
    if (scripting) {
      // The page follows by itself, and takes the focus from nobody.
      const asked = () => one.page.waitForResponse((response) => response.url().endsWith("/run"));
      await one.page.getByRole("button", { name: "Stop" }).focus();
      await asked();
      await asked();
      expect(await one.page.evaluate(() => document.activeElement?.textContent)).toBe("Stop");
    }
    await runJobs();
    if (scripting) await one.page.getByRole("heading", { name: "Everyone is taken in" }).waitFor({ timeout: 9000 });
    else await one.open(`/admin/domains/${domain.id}/run`);
    await one.sees("Everyone is taken in");
    if (scripting) {
      const more = one.page.waitForResponse((response) => response.url().endsWith("/run"), { timeout: 3000 });
      await expect(more).rejects.toThrow("Timeout");
    }
    expect((await userAt(early.email))?.corporateAccountId).toBe(account.id);
    expect(await grantsOf(place.id)).toEqual(["owner"]);
    await one.open("/admin/users");
    await one.sees("Nina Kraus");

    await one.open(`/admin/domains/${domain.id}`);
    await one.press("Undo the activation");
    expect(one.path).toContain("/undo");
    const field = one.page.locator("main form input[required]");
    if ((await field.count()) > 0) await field.fill(name);
    await one.press("Undo the activation", one.page.locator("main form"));
    await runJobs();
    expect((await userAt(early.email))?.corporateAccountId).toBeNull();
    expect(await grantsOf(place.id)).toEqual(["owner"]);
  },
);

story("an administrator creates a user, who chooses a password and is in", async ({ visitor, scripting }) => {
  const { ada, name } = await northwind("active");
  const one = await (await visitor()).signIn(ada.email);
  await one.open("/admin/users");
  await one.page.locator("details.menu > summary").filter({ hasText: "Create user" }).click();
  await one.press("Create user", one.page.locator("details[open] .menu-list"));
  await one.fill({ "First name": "Bea", "Last name": "", Address: "bea winter" });
  await one.page.locator("input[name=lastName]").fill("Winter");
  await one.press("Create");
  await one.sees("This cannot stand before the @.");
  const [edge, others, words] = await Promise.all(
    (["#local", "#domain", "#local-error"] as const).map((field) =>
      one.page.locator(field).evaluate((node) => {
        const { borderTopColor, color } = getComputedStyle(node);
        return node.tagName === "SMALL" ? color : borderTopColor;
      }),
    ),
  );
  expect(edge).toBe(words);
  expect(others).not.toBe(words);
  await one.fill({ Address: "bea.winter" });
  await one.tick("Create a personal mailbox");
  await one.press("Create");
  await one.sees("gets a mail to create a password", "Waiting for password");

  const email = `bea.winter@${name}`;
  const member = await placeAt(email);
  await one.press("Settings", one.page.locator("nav.tabs"));
  await one.fill({ "Time zone": "Europe/Berlin", Language: "English" });
  if (scripting) {
    // Another tab would lose what is typed, so the browser asks first.
    const asks = () => one.page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
    expect(await asks()).toBe(true);
  } else await one.sees("Save before you open another tab");
  await one.press("Save", one.page.locator("header.head"));
  await one.sees("Saved.");
  expect(await userAt(email)).toMatchObject({ timeZone: "Europe/Berlin" });

  const letter = await letterTo(email);
  const bea = await visitor();
  await bea.open(letter.link);
  await bea.page.locator("input[name=password]").fill("a lantern over the harbour");
  await bea.page.locator("main form button").first().click();
  await bea.settle();
  await bea.signIn(email, "a lantern over the harbour");
  await bea.sees("Northwind");
  await bea.open("/profile");
  await bea.sees("Your organisation manages your profile, so you cannot delete it.");
  expect((await placeAt(email)).status).toBe("active");
  expect(await grantsOf(member.id)).toHaveLength(1);
});

story("a user is released with the profile as their own", async ({ visitor }) => {
  const { account, ada, name } = await northwind("active");
  const cleo = await create.user({ email: `cleo@${name}`, firstName: "Cleo", corporateAccountId: account.id });
  const member = await create.member(account, cleo, { corporate: true });
  await create.grant(member, { systemRole: "viewer" });
  const one = await (await visitor()).signIn(ada.email);
  await one.open(`/admin/users/${member.id}/settings`);
  await one.press("Release user");
  const free = `cleo-${crypto.randomUUID().slice(0, 8)}@home.test`;
  await one.fill({ "Private address": free });
  await one.press("Release user", one.page.locator("main form.sheet"));
  await one.sees("The user is released once it is confirmed there");
  const letter = await letterTo(free);
  const other = await visitor();
  await other.open(letter.link);
  await other.fill({ "Your password, to confirm": password });
  await other.press(`Use ${free}`);
  await other.sees("Your profile is your own");
  await other.signIn(free);
  await other.open("/accounts");
  await other.sees("Create a company account");
});

story("an owner deletes the account after seeing what it means, and takes it back", async ({ visitor }) => {
  const { ada } = await northwind("active");
  const one = await (await visitor()).signIn(ada.email);
  await one.open("/admin/settings");
  await one.press("Delete the account");
  await one.sees("Nobody reaches Northwind");
  await one.fill({ "Type the name of the account to confirm": "North" });
  await one.press("Delete the account", one.page.locator("main form.sheet"));
  await one.sees("Type the name of the account exactly");
  await one.fill({ "Type the name of the account to confirm": "Northwind" });
  await one.press("Delete the account", one.page.locator("main form.sheet"));
  await one.sees("Northwind is deleted");
  await one.press("Restore Northwind");
  await one.sees("Northwind is restored");
});
