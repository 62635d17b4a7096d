import { expect } from "vitest";
import { story } from "../support/site.ts";
import { create, password } from "../support/world.ts";

const another = "a horse of another colour 7";

story("a password is changed, and other sessions can be ended", async ({ visitor, scripting }) => {
  const { user } = await create.colleague(await create.account(), ["owner"], {
    email: `change-${scripting}@people.test`,
  });
  const laptop = await (await visitor()).signIn(user.email);
  const phone = await (await visitor({ width: 390 })).signIn(user.email);
  await laptop.open("/profile/security");
  await laptop.sees("Where you are signed in");
  await laptop.press("End all others");
  await phone.open("/profile");
  await phone.sees("Sign in");
  await laptop.open("/profile/security");
  await laptop.fill({ "Current password": password, "New password": another });
  await laptop.press("Change password");
  await laptop.open("/profile");
  await laptop.sees("Profile");
  await phone.signIn(user.email, another);
});

story("somebody in two accounts switches between them", async ({ visitor }) => {
  const [north, south] = [await create.account({ name: "Northwind" }), await create.account({ name: "Southwind" })];
  const { user } = await create.colleague(north, ["owner"], { firstName: "Tom", lastName: "Both" });
  await create.grant(await create.member(south, user), { systemRole: "viewer" });
  const tom = await (await visitor()).signIn(user.email);
  await tom.open("/accounts");
  await tom.press("Switch to Southwind");
  await tom.open("/admin/users");
  await tom.sees("Southwind");
  await tom.seesNot("Invite user");
  await tom.open("/accounts");
  await tom.press("Switch to Northwind");
  await tom.open("/admin/users");
  await tom.sees("Northwind", "Invite user");
});

story("a company account is made, with its maker as Owner", async ({ visitor }) => {
  const { user } = await create.colleague(await create.account(), ["owner"]);
  const maker = await (await visitor()).signIn(user.email);
  await maker.open("/accounts");
  await maker.press("Create a company account");
  await maker.fill({ "Name of the account": "Harbour Press" });
  await maker.press("Create the account");
  await maker.open("/admin/users");
  await maker.sees("Harbour Press", "Owner", "Invite user");
});

story("the console speaks German to who asks for it", async ({ visitor }) => {
  const { user } = await create.colleague(await create.account({ name: "Nordwind" }), ["owner"]);
  const guest = await visitor({ locale: "de-DE" });
  await guest.open("/sign-in");
  await guest.sees("Anmelden");
  const anna = await (await visitor()).signIn(user.email);
  await anna.open("/profile");
  await anna.fill({ Language: "Deutsch" });
  await anna.press("Save");
  expect(await anna.page.locator("html").getAttribute("lang")).toBe("de");
  await anna.open("/admin/users");
  await anna.sees("Benutzer", "Rollen");
});
