import { expect } from "vitest";
import { story } from "../support/site.ts";
import { letterTo } from "../support/visitor.ts";
import { create } from "../support/world.ts";

async function company(people = 0) {
  const account = await create.account({ name: "Northwind" });
  const owner = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
  const more = [];
  for (let n = 0; n < people; n++)
    more.push(await create.colleague(account, ["viewer"], { firstName: `Nora${n}`, lastName: "Lindqvist" }));
  return { account, owner, more };
}

story("the list is searched, filtered and paged, and says so when nothing fits", async ({ visitor }) => {
  const { account, owner } = await company(30);
  await create.member(account, null, { status: "draft", firstName: "Drafty", lastName: "McDraft" });
  const ada = await (await visitor()).signIn(owner.user.email);
  await ada.open("/admin/users");
  await ada.sees("Users", "32");
  await ada.press(/^Next/);
  await ada.press(/^Previous/);

  await ada.page.locator("input[name=q]").fill("Nora7");
  await ada.page.locator("input[name=q]").press("Enter");
  await ada.settle();
  await ada.page.waitForTimeout(350);
  await ada.settle();
  await ada.sees("Nora7 Lindqvist");
  await ada.seesNot("Nora8 Lindqvist");
  expect(ada.path).toContain("q=Nora7");

  await ada.open("/admin/users?status=draft");
  await ada.sees("Drafty McDraft", "Draft, not sent");
  await ada.seesNot("Nora1 Lindqvist");
  await ada.open("/admin/users?q=nobody-of-that-name");
  await ada.seesNot("Nora1 Lindqvist");
  expect(await ada.page.locator(".empty").isVisible()).toBe(true);
});

story("many are invited at once, with a verdict a line", async ({ visitor, scripting }) => {
  const { owner } = await company();
  const [one, two] = [`one-${scripting}@elsewhere.test`, `two-${scripting}@elsewhere.test`];
  const ada = await (await visitor()).signIn(owner.user.email);
  await ada.open("/admin/users/new");
  await ada.press("Invite many");
  await ada.page.locator("textarea[name=lines]").fill(`Ana Lind <${one}>\nnot an address\n${two}`);
  await ada.fill({ "Role on the account": "Viewer" });
  await ada.press("Send invitations");
  await ada.sees("2 invitations are on their way", one, two, "not an address");
  expect((await letterTo(one)).link).toMatch(/^\/invitations\//);
  expect((await letterTo(two)).link).toMatch(/^\/invitations\//);
});

story("on a phone the fields of a filter and its button stand in view", async ({ visitor }) => {
  const { account, owner, more } = await company(1);
  const box = await create.mailbox(account, { name: "Support" });
  const ada = await (await visitor({ width: 390 })).signIn(owner.user.email);
  for (const path of [
    "/admin/audit",
    "/admin/logs/mails",
    `/admin/mailboxes/${box.id}/activity`,
    `/admin/users/${more[0]!.member.id}/permissions`,
  ]) {
    await ada.open(path);
    const fields = ada.page.locator(".filters :is(button, select, input:not([type=hidden]))");
    expect(await fields.count(), path).toBeGreaterThan(2);
    for (const field of await fields.all()) {
      const place = await field.boundingBox();
      if (!place) continue;
      expect(place.x, path).toBeGreaterThanOrEqual(0);
      expect(place.x + place.width, path).toBeLessThanOrEqual(390);
    }
  }
});

story("a viewer sees the list without any control", async ({ visitor }) => {
  const { account, more } = await company(1);
  await create.member(account, null, { status: "invited" });
  const nora = await (await visitor()).signIn(more[0]!.user.email);
  await nora.open("/admin/users");
  await nora.sees("Ada Okafor", "Nora0 Lindqvist");
  await nora.seesNot("Invite user", "Add user");
  expect(await nora.page.locator("main input[type=checkbox], main table details").count()).toBe(0);
  await nora.open("/admin/users/new");
  await nora.sees("You may not do this");
});
