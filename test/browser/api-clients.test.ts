import { expect } from "vitest";
import { story } from "../support/site.ts";
import { create } from "../support/world.ts";

story(
  "M2 M3 an administrator gives a program access, renews its secret, makes a token and takes all of it back",
  async ({ visitor }) => {
    const account = await create.account({ name: "Northwind" });
    const { user } = await create.colleague(account, ["admin"], { firstName: "Ada", lastName: "Okafor" });
    const { user: vera } = await create.colleague(account, ["viewer"]);
    const call = (token: string) =>
      fetch(`${process.env.BASE_URL}/api/v1/members`, { headers: { Authorization: `Bearer ${token}` } });
    const tokenFor = async (id: string, secret: string) => {
      const answer = await fetch(`${process.env.BASE_URL}/oauth/token`, {
        method: "POST",
        body: new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret }),
      });
      return { status: answer.status, token: ((await answer.json()) as { access_token?: string }).access_token ?? "" };
    };

    const ada = await visitor();
    await ada.signIn(user.email);
    await ada.open("/admin/api-clients");
    await ada.sees("No program has access yet", "It is shown once");
    await ada.press("New client", ada.page.locator(".head"));
    await ada.fill({ Name: "Payroll" });
    await ada.press("Create client");
    await ada.sees("Choose at least one permission.");
    await ada.page.locator('input[value="users.view"]').check();
    await ada.press("Create client");
    await ada.sees("“Payroll” is ready", "Copy the secret now");
    const [id, secret] = (await ada.page.locator("code.value").allInnerTexts()) as [string, string];
    const first = await tokenFor(id, secret);
    expect((await call(first.token)).status).toBe(200);

    await ada.press("I have copied it");
    await ada.seesNot(secret);
    await ada.sees("Payroll", "In use", "View users", `••••${secret.slice(-4)}`);
    const path = ada.path;
    await ada.press("New secret");
    await ada.sees("works for 24 more hours");
    await ada.press("Make a new secret");
    const [, renewed] = (await ada.page.locator("code.value").allInnerTexts()) as [string, string];
    expect([(await tokenFor(id, secret)).status, (await tokenFor(id, renewed)).status]).toEqual([200, 200]);
    await ada.press("I have copied it");
    await ada.press("End it now");
    await ada.sees("The old secret has ended.");
    expect((await tokenFor(id, secret)).status).toBe(401);

    await ada.press("New token");
    await ada.fill({ "What it is for": "Laptop", "How long it works": "30 days" });
    await ada.press("Create token");
    await ada.sees("Copy the token now");
    await ada.press("I have copied it");
    await ada.sees("Laptop", "muster_rt_••••");

    const other = await visitor({ width: 390 });
    await other.signIn(vera.email);
    await other.open(path);
    await other.sees("Laptop", "muster_rt_••••");
    await other.seesNot("New secret", "Revoke");

    await ada.press("Revoke Laptop");
    await ada.press("Revoke token");
    await ada.sees("“Laptop” is revoked.");
    await ada.press("Revoke", ada.page.locator(".head"));
    await ada.sees("end at once and for good");
    await ada.press("Revoke client");
    await ada.sees("“Payroll” is revoked.");
    expect((await call(first.token)).status).toBe(401);

    await ada.open("/api/v1");
    await ada.sees("Getting a token", "List members");
    await ada.page.locator("#postMembers > summary").click();
    await ada.sees("users.add");
  },
);
