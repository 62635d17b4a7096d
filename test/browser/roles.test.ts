import { expect } from "vitest";
import { story } from "../support/site.ts";
import { create } from "../support/world.ts";

story(
  "an owner makes a role, sees who gains by a change, and cannot delete it while it is held",
  async ({ visitor }) => {
    const account = await create.account({ name: "Northwind" });
    const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const tom = await create.colleague(account, [], { firstName: "Tom", lastName: "Berg" });

    const ada = await visitor();
    await ada.open("/admin/roles");
    await ada.fill({ "E-mail address": user.email, Password: "correct horse battery staple" });
    await ada.press("Sign in");
    await ada.sees("Roles", "No custom roles yet", "Mailbox editor");

    await ada.press("New role");
    await ada.fill({ Name: "Hook keeper", "Find a permission": "webhook" });
    await ada.press("Search");
    await ada.press("Select all: Webhooks");
    await ada.sees("4 of 4");
    expect(await ada.page.locator("input[name=name]").inputValue()).toBe("Hook keeper");
    await ada.press("Create role");
    await ada.sees("“Hook keeper” was created", "Nobody holds this role.");

    const roleId = ada.path.split("/").at(-1)!;
    await create.grant(tom.member, { role: { id: roleId } as never });
    await ada.page.locator('input[value="webhooks.delete"]').uncheck();
    await ada.press("Review changes");
    await ada.sees("Change “Hook keeper”?", "Nobody gains, 1 user loses something", "Tom Berg", "Delete webhooks");
    await ada.press("Back to editing");
    expect(await ada.page.locator('input[value="webhooks.delete"]').isChecked()).toBe(false);
    await ada.press("Review changes");
    await ada.press("Save");
    await ada.sees("“Hook keeper” was saved.");

    await ada.press("Delete");
    await ada.sees("This role is in use: 1 user holds it", "Tom Berg");
  },
);

story("a mailbox is made, shared, renamed and archived; the log tells it all", async ({ visitor }) => {
  const account = await create.account({ name: "Northwind" });
  const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
  const { user: tom } = await create.colleague(account, [], { firstName: "Tom", lastName: "Berg" });
  const local = `press-${crypto.randomUUID().slice(0, 8)}`;

  const ada = await visitor();
  await ada.open("/admin/mailboxes");
  await ada.fill({ "E-mail address": user.email, Password: "correct horse battery staple" });
  await ada.press("Sign in");
  await ada.sees("No mailboxes yet");
  await ada.press("New mailbox");
  await ada.fill({ Name: "Press", "Address before @muster.test": local });
  await ada.press("Create mailbox");
  await ada.sees("Nobody has access to this mailbox alone.", `${local}@muster.test`);

  await ada.fill({ "E-mail address": tom.email });
  await ada.press("Give access");
  await ada.sees(`${tom.email} has access to “Press” now.`, "Mailbox reader", "by Ada Okafor");
  await ada.press("Archive");
  await ada.sees("1 user loses access", "Tom Berg");
  await ada.press("Archive");
  await ada.sees("“Press” is archived");
  await ada.press("Restore");
  await ada.sees("“Press” is restored");

  await ada.press("Audit log");
  await ada.sees("Mailbox restored", "Mailbox archived", "Rights of a user changed", "Mailbox created");
  await ada.page.locator("details.event summary", { hasText: "Rights of a user changed" }).click();
  await ada.settle();
  await ada.sees("Mailbox reader (Press)");
});
