import "../support/outbox.ts";
import { beforeAll } from "vitest";
import { config } from "../../src/config.ts";
import { db } from "../../src/db/client.ts";
import { imapSources } from "../../src/db/schema.ts";
import { type AuthorizationServer, client, startAuthorizationServer } from "../support/authorization-server.ts";
import { trust } from "../support/certificates.ts";
import { type Dovecot, noDovecot, startDovecot } from "../support/dovecot.ts";
import { story } from "../support/site.ts";
import { create } from "../support/world.ts";

let provider: AuthorizationServer;
let dovecot: Dovecot | undefined;
const addresses = ["first@mail.test", "second@mail.test"];

beforeAll(async () => {
  config.OUTBOUND_ALLOW.push("127.0.0.1");
  provider = await startAuthorizationServer(`${config.BASE_URL}/admin/connectors/callback`);
  dovecot = await startDovecot({ introspectionUrl: provider.introspectionUrl, usernameAttribute: "sub" });
  if (!dovecot) return;
  trust(dovecot.ca);
  for (const address of addresses) dovecot.addUser(address, "nobody uses this");
}, 60_000);

story(
  "an owner adds a connector and connects a mailbox through it, and again when its sign-in was taken back",
  async ({ visitor, scripting }) => {
    if (!dovecot) return console.warn(noDovecot);
    const account = await create.account({ name: "Northwind" });
    const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const address = addresses[scripting ? 0 : 1]!;
    const ada = await visitor();
    ada.elsewhere.push(provider.issuer);
    await ada.signIn(user.email);
    await ada.press("Connectors");
    await ada.sees("No connectors yet");
    await ada.press("Add connector", ada.page.locator("header"));
    await ada.press("Another provider");
    await ada.fill({ "Service name": "Own provider", "Client ID": client.id, "Client secret": client.secret });
    await ada.fill({ Scopes: "openid offline_access mail", Issuer: "http://8.8.8.8" });
    await ada.fill({ "IMAP server": "127.0.0.1", Port: String(dovecot.tlsPort) });
    await ada.press("Add connector", ada.page.locator("form.card"));
    await ada.sees("Secrets travel to this address");
    await ada.fill({ Issuer: provider.issuer, "Client secret": client.secret });
    await ada.press("Add connector", ada.page.locator("form.card"));
    await ada.sees(
      "“Own provider” was added",
      `${config.BASE_URL}/admin/connectors/callback`,
      `${provider.issuer}/token`,
    );

    await ada.press("Connect a mailbox");
    await ada.fill({ "Address of the mailbox": address });
    await ada.page.getByRole("button", { name: "On to the sign-in" }).click();
    await ada.page.getByRole("button", { name: "Deny" }).click();
    await ada.page.waitForURL(/callback/);
    await ada.settle();
    await ada.sees("Access was not given at the provider", "<b>No</b>, thank you");
    await ada.press("Try again");
    await ada.fill({ "Address of the mailbox": address });
    await ada.page.getByRole("button", { name: "On to the sign-in" }).click();
    await ada.page.getByRole("button", { name: "Allow" }).click();
    await ada.page.waitForURL(/callback/);
    await ada.settle();
    await ada.sees(`Connect ${address}?`);
    await ada.press("Connect mailbox");
    await ada.sees("A sign-in over IMAP worked.", "Through Own provider");

    await db.update(imapSources).set({ failure: "token", refreshToken: null, failedAt: new Date() });
    await ada.page.reload();
    await ada.press("Connect again");
    await ada.page.getByRole("button", { name: "On to the sign-in" }).click();
    await ada.page.waitForURL(/callback|interaction/);
    if (ada.page.url().includes("interaction")) await ada.page.getByRole("button", { name: "Allow" }).click();
    await ada.page.waitForURL(/callback/);
    await ada.settle();
    await ada.press("Connect mailbox");
    await ada.sees("A sign-in over IMAP worked.");

    await ada.press("Connectors");
    await ada.press("Own provider");
    await ada.press("Delete");
    await ada.sees("1 mailbox loses its connection", address);
    await ada.press("Delete connector");
    await ada.sees("“Own provider” was deleted.", "No connectors yet");
  },
);
