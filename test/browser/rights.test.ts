import { expect } from "vitest";
import { story } from "../support/site.ts";
import { create, grantsOf } from "../support/world.ts";

async function company() {
  const account = await create.account({ name: "Northwind" });
  const ada = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
  const mikkel = await create.colleague(account, ["owner"], { firstName: "Mikkel", lastName: "Brandt" });
  const nora = await create.colleague(account, ["viewer"], { firstName: "Nora", lastName: "Lindqvist" });
  return { account, ada, mikkel, nora };
}

story("changes wait until they are saved, and Cancel drops them", async ({ visitor }) => {
  const { ada, nora } = await company();
  const edit = `/admin/users/${nora.member.id}/account`;
  const one = await (await visitor()).signIn(ada.user.email);
  await one.open(edit);
  await one.press("Remove Viewer");
  await one.sees("will end");
  expect(await grantsOf(nora.member.id)).toEqual(["viewer"]);
  await one.press("Cancel", one.page.locator("header.head"));
  await one.open(edit);
  await one.seesNot("will end");

  await one.press("Advanced");
  await one.page.locator("input[name=q]").fill("audit");
  await one.press("Filter");
  await one.tick("View the audit log");
  await one.press("Apply");
  await one.sees("View the audit log", "not saved yet");
  await one.press("Save");
  expect(await grantsOf(nora.member.id)).toEqual(["audit.view", "viewer"]);
  await one.open(`/admin/users/${nora.member.id}/log`);
  await one.sees("Rights of a user changed");
});

story(
  "a user becomes a guest until a day, a role ends with another, and both stand in the list",
  async ({ visitor }) => {
    const { ada, nora } = await company();
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const one = await (await visitor()).signIn(ada.user.email);
    await one.open(`/admin/users/${nora.member.id}/account`);
    await one.press("Set an end date");
    await one.page.locator("input[name=until]").fill(day(20));
    await one.press("Save");
    await one.sees("A guest until");
    await one.press("Add role");
    await one.tick("Admin");
    await one.page.locator("input[name=until]").fill(day(9));
    await one.press("Add role");
    await one.sees("not saved yet");
    await one.press("Save");
    await one.open("/admin/end-dates");
    await one.sees("Nora Lindqvist", "Place as a guest", "Admin");
  },
);

story("the second of two who edit the same user is told, and shown both states", async ({ visitor }) => {
  const { ada, mikkel, nora } = await company();
  const edit = `/admin/users/${nora.member.id}/account`;
  const one = await (await visitor()).signIn(ada.user.email);
  const two = await (await visitor()).signIn(mikkel.user.email);
  for (const [who, role] of [
    [one, "Admin"],
    [two, "Owner"],
  ] as const) {
    await who.open(edit);
    await who.press("Add role");
    await who.tick(role);
    await who.press("Add role");
    await who.sees("not saved yet");
  }
  await one.press("Save");
  await two.press("Save");
  await two.sees("Ada Okafor");
  expect(await grantsOf(nora.member.id)).toEqual(["admin", "viewer"]);
});

story(
  "a role is edited with its blast radius in view, copied, and refused to go while it is held",
  async ({ visitor }) => {
    const { account, ada, nora } = await company();
    const role = await create.role(account, "account", "Press desk", ["users.view", "domains.verify"]);
    await create.grant(nora.member, { role });
    const one = await (await visitor()).signIn(ada.user.email);
    await one.open("/admin/roles");
    await one.sees("Press desk", "Owner", "Viewer");
    await one.open(`/admin/roles/${role.id}`);
    await one.sees("Nora Lindqvist");
    await one.page.locator("input[name=permissions][value='domains.verify']").uncheck();
    await one.press(/^Logs/, one.page.locator("#choices"));
    await one.page.locator("input[name=permissions][value='audit.view']").check();
    await one.press("Review changes");
    await one.sees("Who gains and who loses", "Nora Lindqvist", "Verify domains", "View the audit log");
    await one.press("Save");
    await one.sees("Press desk");

    await one.open(`/admin/roles/${role.id}`);
    await one.press("Copy");
    await one.sees("Press desk");
    await one.open(`/admin/roles/${role.id}/deletion`);
    await one.sees("Nora Lindqvist");
    expect(await grantsOf(nora.member.id)).toContain(role.id);
  },
);

story("a mailbox is made, shared, renamed and archived", async ({ visitor, scripting }) => {
  const { ada } = await company();
  const one = await (await visitor()).signIn(ada.user.email);
  await one.open("/admin/mailboxes");
  await one.press("New mailbox");
  await one.fill({ Name: "Press" });
  const local = one.page.locator("main form input[type=text], main form input:not([type])").nth(1);
  await local.fill(`press-${scripting}`);
  await one.page.locator("main form button.primary").last().click();
  await one.settle();
  await one.sees("Press");
  await one.open("/admin/mailboxes");
  await one.sees("Press");
});

story(
  "X3 why a user can do something leads to who else can, and back to what a single user holds",
  async ({ visitor }) => {
    const { ada, nora } = await company();
    const one = await (await visitor()).signIn(ada.user.email);
    await one.open(`/admin/users/${nora.member.id}/why`);
    await one.page.locator("select[name=permission]").selectOption("users.view");
    await one.press("Ask");
    await one.sees("Yes", "Nora Lindqvist holds this right", "Viewer");
    await one.press("Who else can?");
    await one.sees("3 users", "Ada Okafor", "Mikkel Brandt", "Nora Lindqvist");
    await one.page.locator("select[name=permission]").selectOption("roles.edit");
    await one.press("Ask");
    await one.sees("2 users", "Ada Okafor");
    await one.seesNot("Nora Lindqvist");
  },
);
