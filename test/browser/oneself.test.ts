import { expect } from "vitest";
import { story } from "../support/site.ts";
import { letterTo } from "../support/visitor.ts";
import { create } from "../support/world.ts";

const secrets = ["a first set of words", "a second set of words", "a third set of words"] as const;

story(
  "somebody registers, looks after their profile, and comes back after forgetting",
  async ({ scripting, visitor }) => {
    const email = `kim${scripting ? "" : ".plain"}@walk.test`;
    const kim = await visitor();
    await kim.open("/sign-in");
    await kim.press("Create an account");
    await kim.fill({ "E-mail address": email });
    await kim.press("Mail me the link");
    await kim.sees("Look into your inbox", email);

    await kim.open((await letterTo(email)).link);
    await kim.fill({ "First name": "Kim", "Last name": "Walker", Password: "password1234" });
    await kim.press("Create the account");
    await kim.sees("This password is on the list of the most common ones.");
    await kim.fill({ Password: secrets[0] });
    await kim.press("Create the account");
    await kim.sees("Welcome, Kim.", "Kim Walker");

    await kim.open("/profile");
    await kim.fill({ "First name": "Kimberley" });
    await kim.press("Save");
    await kim.sees("Your profile is saved.");

    await kim.open("/profile/security");
    await kim.fill({ "Current password": secrets[0], "New password": secrets[1] });
    await kim.press("Change password");
    await kim.sees("Your password is changed.", "This session");

    const moved = `kimberley${scripting ? "" : ".plain"}@walk.test`;
    await kim.fill({ "New e-mail address": moved, "Your password, to confirm": secrets[1] });
    await kim.press("Mail me the link");
    await kim.sees(`We have sent a mail to ${moved}.`);
    await kim.open((await letterTo(moved)).link);
    await kim.press(`Use ${moved}`);
    await kim.sees("Your address is changed");

    await kim.open("/profile");
    await kim.press("Sign out");
    await kim.press("Forgot your password?");
    await kim.fill({ "E-mail address": moved });
    await kim.press("Mail me the link");
    await kim.open((await letterTo(moved)).link);
    await kim.fill({ "New password": secrets[2] });
    await kim.press("Save the password");
    await kim.sees("Sign in with the new one.");
    await kim.signIn(moved, secrets[2]);
  },
);

story(
  "somebody with two accounts switches, makes a third, and chooses what to be told",
  async ({ scripting, visitor }) => {
    const { user } = await create.colleague(await create.account({ name: "Northwind" }), ["owner"]);
    await create.grant(await create.member(await create.account({ name: "Fabrikam" }), user), { systemRole: "viewer" });
    const ada = await (await visitor()).signIn(user.email);
    await ada.open("/accounts");
    await ada.press("Switch to Fabrikam");
    await ada.sees("You are working in Fabrikam now.");

    const name = `Contoso ${scripting ? "A" : "B"}`;
    await ada.open("/accounts");
    await ada.press("Create a company account");
    await ada.fill({ "Name of the account": name });
    await ada.press("Create the account");
    await ada.sees(`The account ${name} is ready.`);
    await ada.open("/admin/settings");
    await ada.fill({ "Name of the account": `${name} Ltd` });
    await ada.press("Save");
    await ada.sees("The account is saved.", `${name} Ltd`);

    await ada.open("/profile/notifications");
    await ada.page.getByLabel("Mail: My invitation expires").uncheck();
    await ada.press("Save");
    await ada.sees("Your choice is saved.");
    expect(await ada.page.getByLabel("Mail: My invitation expires").isChecked()).toBe(false);
  },
);
