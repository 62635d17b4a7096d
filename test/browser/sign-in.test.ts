import { story } from "../support/site.ts";
import { create } from "../support/world.ts";

story("somebody signs in, looks around and signs out", async ({ visitor }) => {
  const account = await create.account({ name: "Northwind" });
  const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });

  const ada = await visitor();
  await ada.open("/admin/users");
  await ada.sees("Sign in");
  await ada.fill({ "E-mail address": user.email, Password: "not this one" });
  await ada.press("Sign in");
  await ada.sees("The address or the password is wrong.");

  await ada.fill({ "E-mail address": user.email, Password: "correct horse battery staple" });
  await ada.press("Sign in");
  await ada.sees("Users", "Northwind", "Ada Okafor");

  await ada.press("Sign out");
  await ada.open("/admin/users");
  await ada.sees("Sign in");
});
