import "./support/outbox.ts";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { unseal } from "../src/access/vault.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { connectors, events, imapSources } from "../src/db/schema.ts";
import { type AuthorizationServer, startAuthorizationServer } from "./support/authorization-server.ts";
import { admin, type Browser, browserOf, owner } from "./support/browser.ts";
import { type Account, changesOf, create } from "./support/world.ts";

const callback = `${config.BASE_URL}/admin/connectors/callback`;
const secret = "a secret of the provider’s";
let provider: AuthorizationServer;
let account: Account;
let browser: Browser;

beforeAll(async () => {
  config.OUTBOUND_ALLOW.push("127.0.0.1");
  provider = await startAuthorizationServer(callback);
  ({ account, browser } = await owner());
});

const google = {
  ...{ kind: "google", name: "Google", clientId: "123.apps.googleusercontent.com", secret },
  ...{ scopes: "https://mail.google.com/", imapHost: "imap.gmail.com", imapPort: "993", imapSecurity: "tls" },
};
const generic = () => ({ ...google, kind: "generic", name: "Own", issuer: provider.issuer, imapHost: "127.0.0.1" });

const rowOf = async (id: string) => (await db.select().from(connectors).where(eq(connectors.id, id)))[0]!;

/** Adds a connector by its form; its id. */
async function add(fields: Record<string, string>, by = browser): Promise<string> {
  const answer = await by.post("/admin/connectors", fields).expect(303);
  return answer.headers.location!.split("/").at(-1)!;
}

/** A mailbox that is reached through a connector. */
async function reach(connectorId: string, of = account) {
  const mailbox = await create.mailbox(of, { kind: "imap", name: "Desk", address: `${crypto.randomUUID()}@x.test` });
  await db.insert(imapSources).values({
    ...{ mailboxId: mailbox.id, accountId: of.id, host: "127.0.0.1", port: 993, security: "tls", username: "desk" },
    ...{ connectorId, refreshToken: "k:sealed", accessToken: "k:sealed", accessTokenEndsAt: new Date() },
  });
  return mailbox;
}

const sourceOf = async (mailboxId: string) =>
  (await db.select().from(imapSources).where(eq(imapSources.mailboxId, mailboxId)))[0]!;

describe("connectors", () => {
  test("M17 adds one for Google and one for Microsoft: the addresses are known, the secret is sealed and shown nowhere", async () => {
    const id = await add(google);
    const row = await rowOf(id);
    expect(row).toMatchObject({ kind: "google", tokenUrl: "https://oauth2.googleapis.com/token", imapPort: 993 });
    expect(row.clientSecret).not.toContain(secret);
    expect(unseal(row.clientSecret)).toBe(secret);

    const entra = {
      ...google,
      kind: "microsoft",
      name: "Contoso",
      tenant: "contoso.test",
      imapHost: "outlook.office365.com",
    };
    const other = await add({ ...entra, scopes: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access" });
    expect((await rowOf(other)).tokenUrl).toBe("https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token");

    for (const path of [`/admin/connectors/${id}`, `/admin/connectors/${id}/edit`, "/admin/connectors"]) {
      const page = await browser.get(path).expect(200);
      expect(page.text).not.toContain(secret);
      expect(page.text).not.toContain(row.clientSecret);
    }
    expect((await browser.get(`/admin/connectors/${id}`)).text).toContain(`data-copy="${callback}"`);
    expect((await browser.get(`/admin/connectors/${other}/edit`)).text).toContain('value="contoso.test"');
    const told = await db.select().from(events).where(eq(events.subjectId, id));
    expect(told.map(({ name }) => name)).toEqual(["connector.added"]);
    expect(JSON.stringify(told.map(({ after }) => after))).not.toContain(secret);
  });

  test("M17 finds the addresses of another provider at its issuer, or takes them as typed", async () => {
    const found = await rowOf(await add(generic()));
    const { issuer } = provider;
    expect(found).toMatchObject({ issuer, authorizeUrl: `${issuer}/auth`, tokenUrl: `${issuer}/token` });
    expect(found.namesItself).toBe(true);

    const typed = { authorizeUrl: "https://login.elsewhere.test/authorize", tokenUrl: `${issuer}/token` };
    const row = await rowOf(await add({ ...generic(), name: "Typed", issuer: "", ...typed }));
    expect(row).toMatchObject({ issuer: null, namesItself: false, ...typed });
    const view = await browser.get(`/admin/connectors/${row.id}`);
    expect(view.text).toContain("login.elsewhere.test");
  });

  test("T73 judges every address that it would ask, and says beside the field what is wrong", async () => {
    const base = generic();
    const typed = { ...base, issuer: "", authorizeUrl: "https://login.elsewhere.test/authorize" };
    const cases: [Record<string, string>, field: string, words: RegExp][] = [
      [{ ...base, issuer: "https://169.254.169.254" }, "issuer", /private or reserved network/],
      [{ ...base, issuer: "http://8.8.8.8" }, "issuer", /begin with https/],
      [{ ...base, issuer: `${provider.issuer}/nothing/here` }, "issuer", /Nothing was found there/],
      [{ ...base, issuer: "javascript:alert(1)" }, "issuer", /whole address/],
      [{ ...typed, tokenUrl: "https://[::ffff:10.0.0.1]/token" }, "tokenUrl", /private or reserved network/],
      [{ ...typed, tokenUrl: "https://user:pass@8.8.8.8/token" }, "tokenUrl", /whole address/],
      [{ ...typed, tokenUrl: "" }, "tokenUrl", /Enter the address/],
      [{ ...typed, authorizeUrl: "javascript:alert(1)", tokenUrl: "https://8.8.8.8" }, "authorizeUrl", /whole address/],
      [{ ...base, imapHost: "10.0.0.1" }, "imapHost", /private or reserved network/],
      [{ ...base, imapHost: "imap://10.0.0.1/" }, "imapHost", /without a protocol/],
      [{ ...base, imapPort: "0" }, "imapPort", /1 to 65535/],
      [{ ...base, scopes: 'a"b' }, "scopes", /no quotes/],
      [{ ...base, secret: "" }, "secret", /Enter the client secret/],
      [{ ...base, kind: "microsoft", tenant: "../evil" }, "tenant", /directory/],
    ];
    for (const [fields, field, words] of cases) {
      const page = await browser.post("/admin/connectors", { ...fields, name: "Odd" }).expect(422);
      expect(page.text.match(new RegExp(`id="${field}-error" class="error">([^<]*)`))?.[1], field).toMatch(words);
      expect(page.text).toContain('value="Odd"');
      expect(page.text).not.toContain(secret);
    }
    expect(provider.asked).toEqual([]);
  });

  test("M18 T56 saves a change with its event, keeps the secret where none is typed, and never for another address", async () => {
    const id = await add({ ...generic(), name: "Change me" });
    const before = await rowOf(id);
    const fields = { ...generic(), name: "Changed", secret: "", version: "1" };
    await browser.post(`/admin/connectors/${id}`, fields).expect(303);
    const after = await rowOf(id);
    expect(after).toMatchObject({ name: "Changed", version: 2, clientSecret: before.clientSecret });

    const stale = await browser.post(`/admin/connectors/${id}`, { ...fields, name: "Late" }).expect(409);
    expect(stale.text).toContain("Somebody else changed this connector");
    expect(stale.text).toContain('value="Late"');

    const mailbox = await reach(id);
    const away = {
      ...fields,
      version: "2",
      issuer: "",
      authorizeUrl: before.authorizeUrl,
      tokenUrl: "https://8.8.8.8/token",
    };
    const refused = await browser.post(`/admin/connectors/${id}`, away).expect(422);
    expect(refused.text).toContain('id="secret-error"');
    expect(await rowOf(id)).toEqual(after);
    expect((await sourceOf(mailbox.id)).refreshToken).toBe("k:sealed");

    await browser.post(`/admin/connectors/${id}`, { ...away, secret: "another" }).expect(303);
    expect(unseal((await rowOf(id)).clientSecret)).toBe("another");
    expect(await sourceOf(mailbox.id)).toMatchObject({ refreshToken: null, accessToken: null, failure: "token" });
    const told = await db.select().from(events).where(eq(events.subjectId, id)).orderBy(events.id);
    expect(told.at(-1)).toMatchObject({ name: "connector.changed", after: { secret: "changed", disconnected: 1 } });
  });

  test("M19 names the mailboxes that lose their connection, and forgets secret and tokens", async () => {
    const id = await add({ ...generic(), name: "Delete me" });
    const mailbox = await reach(id);
    const page = await browser.get(`/admin/connectors/${id}/deletion`).expect(200);
    expect(page.text).toContain("1 mailbox loses its connection");
    expect(page.text).toContain(mailbox.address);
    await browser.post(`/admin/connectors/${id}/deletion`, { version: "7" }).expect(409);
    await browser.post(`/admin/connectors/${id}/deletion`, { version: "1" }).expect(303);
    expect(unseal((await rowOf(id)).clientSecret)).toBe("");
    expect(await sourceOf(mailbox.id)).toMatchObject({ refreshToken: null, accessToken: null, failure: "token" });
    for (const path of ["", "/edit", "/deletion", "/mailboxes/new"])
      await browser.get(`/admin/connectors/${id}${path}`).expect(404);
    await add({ ...generic(), name: "Delete me" });
    expect((await changesOf(account.id)).slice(-2)).toEqual(["connector.removed", "connector.added"]);
  });

  test("M16 a viewer reads all of it but the secret, and sees no control; nobody else gets in", async () => {
    const id = await add({ ...generic(), name: "Read me" });
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    const list = await viewer.get("/admin/connectors?q=read").expect(200);
    expect(list.text).toContain(">Read me</a>");
    expect(list.text).not.toContain(">Google</a>");
    expect(list.text).not.toContain("/admin/connectors/new");
    const page = await viewer.get(`/admin/connectors/${id}`).expect(200);
    expect(page.text).toContain("••••••••");
    for (const way of ["/edit", "/deletion", "/mailboxes/new"]) {
      expect(page.text).not.toContain(`/admin/connectors/${id}${way}`);
      await viewer.get(`/admin/connectors/${id}${way}`).expect(403);
    }
    await viewer.post("/admin/connectors", google).expect(403);
    const nobody = await admin("users.view");
    await nobody.browser.get("/admin/connectors").expect(403);
    expect((await nobody.browser.get("/admin/users")).text).not.toContain('href="/admin/connectors"');
  });

  test("T49 a neighbour’s is not there, whatever is asked of it; one name counts in one account", async () => {
    const id = await add({ ...generic(), name: "Ours" });
    const neighbour = await owner();
    for (const path of ["", "/edit", "/deletion", "/mailboxes/new"])
      await neighbour.browser.get(`/admin/connectors/${id}${path}`).expect(404);
    await neighbour.browser.post(`/admin/connectors/${id}/deletion`, { version: "1" }).expect(404);
    await neighbour.browser.post(`/admin/connectors/${id}`, { ...generic(), version: "1" }).expect(404);
    const [name, address] = ["Box", "a@b.test"];
    await neighbour.browser.post(`/admin/connectors/${id}/mailboxes`, { name, address }).expect(404);
    await add({ ...google, name: "Ours" }, neighbour.browser);
    const twice = await browser.post("/admin/connectors", { ...google, name: "ours" }).expect(422);
    expect(twice.text).toContain('id="name-error"');
    expect((await rowOf(id)).endedAt).toBeNull();
  });
});
