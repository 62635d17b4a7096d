import { expect, test } from "vitest";
import { codeOf, secretOfApp } from "../support/factors.ts";
import { newVisitor, story } from "../support/site.ts";
import { create, password } from "../support/world.ts";

test("with script, a passkey is added in the browser, signs in by itself, and stands in for the second factor", async () => {
  const { user } = await create.colleague(await create.account({ name: "Northwind" }), ["owner"]);
  const ana = await newVisitor();
  const devices = await ana.page.context().newCDPSession(ana.page);
  await devices.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
  } as const;
  await devices.send("WebAuthn.addVirtualAuthenticator", {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });

  await ana.signIn(user.email);
  await ana.open("/profile/security");
  await ana.press("Add a passkey");
  await ana.fill({ "Name of the passkey": "Laptop" });
  await ana.press("Add the passkey");
  await ana.page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  await ana.press("I have kept them");
  await ana.sees("Laptop", "10 are left");
  await ana.press("Add a passkey");
  await ana.press("Add the passkey");
  await ana.page.getByText("This device holds a passkey of yours already.").waitFor();

  await ana.page.context().clearCookies();
  await ana.open("/sign-in?next=/profile/security");
  await ana.press("Sign in with a passkey");
  await ana.page.getByRole("heading", { name: "Two-factor sign-in" }).waitFor();

  await ana.page.context().clearCookies();
  await ana.open("/sign-in?next=/profile/security");
  await ana.fill({ "E-mail address": user.email, Password: password });
  await ana.press("Sign in");
  await ana.press("Use your passkey");
  await ana.page.getByRole("heading", { name: "Two-factor sign-in" }).waitFor();
  expect(ana.problems).toEqual([]);
  await ana.page.context().close();
}, 60_000);

story("an authenticator app is set up, and asked for at the next sign-in", async ({ visitor, scripting }) => {
  const { user } = await create.colleague(await create.account({ name: "Northwind" }), ["owner"]);
  const ana = await visitor({ width: 390 });
  await ana.signIn(user.email);
  await ana.open("/profile/security");
  await ana.press("Set up an authenticator app");
  await ana.sees("Let it scan this square");
  const secret = await secretOfApp(user);
  // The code of now is that of the last step when it arrives late, and the next one still counts then.
  await ana.fill({ "Type the code that it shows": codeOf(secret) });
  await ana.press("Set up");
  await ana.sees("Your recovery codes");
  const [code] = await ana.page.locator(".codes code").allInnerTexts();
  await ana.press("I have kept them");
  if (!scripting) {
    await ana.press("Add a passkey");
    await ana.sees("Passkeys need JavaScript");
  }

  await ana.page.context().clearCookies();
  await ana.open("/sign-in");
  await ana.fill({ "E-mail address": user.email, Password: password });
  await ana.press("Sign in");
  await ana.fill({ "Code from your app": "123456" });
  await ana.press("Sign in");
  await ana.sees("This code is wrong");
  await ana.fill({ "Code from your app": codeOf(secret, 1) });
  await ana.press("Sign in");
  expect(ana.path).not.toMatch(/^\/sign-in/);

  await ana.page.context().clearCookies();
  await ana.open("/sign-in");
  await ana.fill({ "E-mail address": user.email, Password: password });
  await ana.press("Sign in");
  await ana.fill({ "Code from your app": code! });
  await ana.tick("Do not ask on this device for 30 days");
  await ana.press("Sign in");
  expect(ana.path).not.toMatch(/^\/sign-in/);

  await ana.open("/profile/security");
  await ana.sees("Trusted devices", "This device", "Not used yet");
  await ana.press(/^End the trust: /);
  await ana.sees("asks for the second factor again", "None: every sign-in asks");
});
