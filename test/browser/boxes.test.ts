import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";
import { accounts, plans } from "../../src/db/schema.ts";
import { story } from "../support/site.ts";
import { overflow } from "../support/visitor.ts";
import { create } from "../support/world.ts";

story(
  "B4 M28 M10 an owner makes room for a smaller plan, and says where the mail of a mailbox goes",
  async ({ visitor, scripting }) => {
    const [small, large] = ["Small", "Large"].map((name) => `${name} ${scripting ? "sloop" : "cutter"}`);
    const [, plan] = await db
      .insert(plans)
      .values([
        { name: small!, mailboxes: 2, price: "€ 4 a month" },
        { name: large!, mailboxes: 5, price: "€ 9 a month" },
      ])
      .returning();
    const account = await create.account({ name: "Northwind" });
    await db.update(accounts).set({ planId: plan!.id }).where(eq(accounts.id, account.id));
    const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const name = scripting ? "northwind-on.example" : "northwind-off.example";
    await create.domain(account, { name, status: "active", verifiedAt: new Date(), activatedAt: new Date() });
    for (const each of ["Desk", "Press", "Old fair"])
      await create.mailbox(account, { name: each, address: `${each.toLowerCase().replace(" ", "-")}@${name}` });

    const ada = await (await visitor()).signIn(user.email);
    await ada.press("Subscription");
    await ada.sees(`Your plan: ${large}`, "Still free", "Users never count", "Archive 1 mailbox first");
    await ada.press(`Change to ${small}`);
    await ada.sees(`“${small}” includes 2 mailboxes. Archive 1 mailbox first.`);
    await ada.seesNot("Change the plan");
    await ada.press("Choose mailboxes to archive");
    await ada.press("Old fair");
    await ada.press("Archive", ada.page.locator("header.head"));
    await ada.press("Archive", ada.sheet);
    await ada.press("Subscription");
    await ada.press(`Change to ${small}`);
    await ada.press("Change the plan");
    await ada.sees(`The account has the plan “${small}” now.`, "No mailbox can be added or restored");

    await ada.press("Mailboxes");
    await ada.press("Desk");
    await ada.press("Delivery");
    await ada.sees("Nothing is forwarded.");
    await ada.fill({ Address: "help", Domain: name });
    await ada.press("Add alias");
    await ada.sees(`Mail to help@${name} comes into this mailbox now.`);
    const wish = {
      "To the address": "agency@elsewhere.test",
      "First day": "2090-03-01",
      "Last day": "2090-03-02",
    };
    await ada.fill(wish);
    await ada.press("Forward");
    await ada.sees("agency@elsewhere.test is outside of this account");
    expect(await ada.page.getByLabel("Last day").inputValue()).toBe("2090-03-02");
    await ada.tick("It may leave this account");
    await ada.press("Forward");
    await ada.sees("agency@elsewhere.test", "Planned", "a copy stays here");

    await ada.press("Mail groups");
    await ada.sees("No groups yet");
    await ada.press("New group", ada.page.locator("header.head"));
    await ada.fill({ Name: "Team", Address: "help", Domain: name, Members: "ana@elsewhere.test" });
    await ada.press("Add mailboxes of this account");
    await ada.tick("Press");
    await ada.press("Create group");
    await ada.sees("This address is taken already. Choose another.");
    await ada.fill({ Address: "team" });
    await ada.press("Create group");
    await ada.sees(`team@${name}`);
    await ada.open("/admin/groups");
    await ada.sees("Team", "2 addresses");

    const phone = await (await visitor({ width: 390 })).signIn(user.email);
    await phone.open("/admin/subscription");
    expect(await overflow(phone.page)).toBe("");
  },
);
