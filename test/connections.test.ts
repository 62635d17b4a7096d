import "./support/outbox.ts";
import { desc, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { seal, unseal } from "../src/access/vault.ts";
import { config } from "../src/config.ts";
import { accessTokenFor } from "../src/connections/access-token.ts";
import { db } from "../src/db/client.ts";
import { authorizations, connectors, events, imapSources, mailboxes, plans } from "../src/db/schema.ts";
import { log } from "../src/log.ts";
import {
  type AuthorizationServer,
  client,
  signInAt,
  startAuthorizationServer,
} from "./support/authorization-server.ts";
import { type Browser, browserOf, owner } from "./support/browser.ts";
import { trust } from "./support/certificates.ts";
import { type Dovecot, noDovecot, startDovecot } from "./support/dovecot.ts";
import { formsIn } from "./support/forms.ts";
import { type Account, changesOf, create, type User } from "./support/world.ts";

const callback = `${config.BASE_URL}/admin/connectors/callback`;
let provider: AuthorizationServer;
let dovecot: Dovecot | undefined;
let account: Account;
let user: User;
let browser: Browser;
let connector: typeof connectors.$inferSelect;

beforeAll(async () => {
  config.OUTBOUND_ALLOW.push("127.0.0.1");
  config.OUTBOUND_TIMEOUT_MS = 1500;
  provider = await startAuthorizationServer(callback);
  dovecot = await startDovecot({ introspectionUrl: provider.introspectionUrl, usernameAttribute: "sub" });
  if (dovecot) trust(dovecot.ca);
  for (const address of addresses) dovecot?.addUser(address, "nobody uses this");
  ({ account, user, browser } = await owner());
  connector = await connect(provider);
}, 60_000);

/** A connector of the account, as its form would have saved it. */
async function connect(to: AuthorizationServer, values: Partial<typeof connectors.$inferInsert> = {}) {
  const [row] = await db
    .insert(connectors)
    .values({
      ...{ accountId: account.id, kind: "generic", name: `Own ${crypto.randomUUID()}`, clientId: client.id },
      ...{ clientSecret: seal(client.secret), scopes: ["openid", "offline_access", "mail"], issuer: to.issuer },
      ...{ authorizeUrl: `${to.issuer}/auth`, tokenUrl: `${to.issuer}/token`, namesItself: true },
      ...{ imapHost: "127.0.0.1", imapPort: dovecot?.tlsPort ?? 993, ...values },
    })
    .returning();
  return row!;
}

/** All users are known before the first one signs in: Dovecot looks for changes of its file by the second. */
const addresses = Array.from({ length: 30 }, () => `box-${crypto.randomUUID().slice(0, 8)}@mail.test`);
const newAddress = () => addresses.pop()!;

/** Begins to connect a mailbox by its form: the address at the provider that the page leads to. */
async function begin(address: string, { by = browser, through = connector } = {}): Promise<string> {
  const page = await by.post(`/admin/connectors/${through.id}/mailboxes`, { name: "Desk", address }).expect(200);
  const url = page.headers.refresh!.replace("0; url=", "");
  expect(page.text).toContain(`href="${url.replaceAll("&", "&amp;")}"`);
  return url;
}

const pathOf = ({ pathname, search }: URL) => pathname + search;

/** Comes back from the provider: what presses the button of the page that says what will be connected. */
async function land(back: URL, by = browser) {
  const page = await by.get(pathOf(back)).expect(200);
  const form = formsIn(page.text, "/admin/connectors/callback").find(({ action }) => action.endsWith("/callback"))!;
  return async () => by.post(form.action, Object.fromEntries(form.fields.map(({ name, value }) => [name, value])));
}

const finish = async (back: URL, by = browser) => (await land(back, by))();

const connectBox = async (address: string) => finish(await signInAt(await begin(address)));
const boxOf = async (address: string) =>
  (await db.select().from(mailboxes).where(eq(mailboxes.address, address)).orderBy(desc(mailboxes.createdAt)))[0];
const sourceOf = async (address: string) =>
  (await db.select().from(imapSources).where(eq(imapSources.username, address)))[0]!;
const change = (address: string, values: Partial<typeof imapSources.$inferInsert>) =>
  db.update(imapSources).set(values).where(eq(imapSources.username, address));
const ended = { accessTokenEndsAt: new Date() };

/** What the page says that nothing was connected, and that it is so. */
async function refused(answer: { text: string; status: number }, address: string, words: RegExp, status = 422) {
  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(words);
  expect(await boxOf(address)).toBeUndefined();
}

describe("connecting a mailbox through a connector", () => {
  test("M13 M17 signs in at the provider, tries XOAUTH2 at a real mail server, and only then keeps the mailbox", async ({
    skip,
  }) => {
    if (!dovecot) return skip(noDovecot);
    const address = newAddress();
    const url = new URL(await begin(address));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ response_type: "code", client_id: client.id, redirect_uri: callback, login_hint: address },
      ...{ scope: "openid offline_access mail", code_challenge_method: "S256", prompt: "consent" },
    });
    const [row] = await db.select().from(authorizations).orderBy(desc(authorizations.createdAt));
    expect(row).toMatchObject({ accountId: account.id, userId: user.id, connectorId: connector.id, spentAt: null });
    expect(JSON.stringify(row)).not.toContain(url.searchParams.get("state"));

    const back = await signInAt(url.href);
    // T9 X6: looking at the page connects nothing, however often.
    for (let n = 0; n < 3; n++) expect((await browser.get(pathOf(back)).expect(200)).text).toContain(address);
    await browser.head(pathOf(back));
    expect(await boxOf(address)).toBeUndefined();

    const lines: string[] = [];
    const write = log.info.bind(log);
    log.info = ((...args: unknown[]) => lines.push(JSON.stringify(args))) as never;
    const done = await finish(back);
    log.info = write as never;
    expect(done.status).toBe(303);
    const box = (await boxOf(address))!;
    expect(done.headers.location).toBe(`/admin/mailboxes/${box.id}`);
    expect(box).toMatchObject({ kind: "imap", name: "Desk", accountId: account.id });
    const source = await sourceOf(address);
    expect(source).toMatchObject({
      host: "127.0.0.1",
      security: "tls",
      connectorId: connector.id,
      password: null,
      failure: null,
    });
    expect(dovecot.log()).toContain(address);

    const secrets = [
      unseal(source.refreshToken!),
      unseal(source.accessToken!),
      back.searchParams.get("code")!,
      client.secret,
    ];
    const told = await db.select().from(events).where(eq(events.subjectId, box.id));
    expect(told.map(({ name }) => name)).toEqual(["mailbox.connected"]);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(JSON.stringify([source, told.map(({ after }) => after)])).not.toContain(secret);
      expect(lines.join(), "T70 T93").not.toContain(secret);
    }
    expect(await accessTokenFor(source)).toBe(secrets[1]);
  });

  test("T1 a sign-in is used once, also by two at the same time", async ({ skip }) => {
    if (!dovecot) return skip(noDovecot);
    const address = newAddress();
    const back = await signInAt(await begin(address));
    const [one, two] = [await land(back), await land(back)];
    const both = await Promise.all([one(), two()]);
    expect(both.map(({ status }) => status).sort()).toEqual([303, 409]);
    await browser.get(pathOf(back)).expect(409);
    const again = await browser.post("/admin/connectors/callback", Object.fromEntries(back.searchParams));
    expect(again.status).toBe(409);
    expect(again.text).toContain("was used already");
    expect((await changesOf(account.id)).filter((name) => name === "mailbox.connected").length).toBe(2);
  });

  test("T49 the sign-in of somebody else is not there: in the same account, in another, and without a right", async () => {
    const address = newAddress();
    const back = await signInAt(await begin(address));
    const colleague = await browserOf((await create.colleague(account, ["admin"])).user, account);
    const stranger = await owner();
    // Nor in another browser of the same person, to whom somebody may have slipped it.
    for (const by of [colleague, stranger.browser, await browserOf(user, account)]) {
      expect((await by.get(pathOf(back))).status).toBe(404);
      expect((await by.post("/admin/connectors/callback", Object.fromEntries(back.searchParams))).status).toBe(404);
    }
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    await viewer.get(pathOf(back)).expect(403);
    await viewer.post(`/admin/connectors/${connector.id}/mailboxes`, { name: "", address }).expect(403);
    for (const query of ["", "?state=x&code=y", `?state=${"a".repeat(43)}&code=y`])
      await browser.get(`/admin/connectors/callback${query}`).expect(404);
    expect(await boxOf(address)).toBeUndefined();
  });

  test("a sign-in that took too long leads nowhere", async () => {
    const address = newAddress();
    const back = await signInAt(await begin(address));
    await db.update(authorizations).set({ expiresAt: new Date(Date.now() - 1000) });
    const late = await browser.get(pathOf(back));
    await refused(late, address, /took too long/, 409);
    await refused(
      await browser.post("/admin/connectors/callback", Object.fromEntries(back.searchParams)),
      address,
      /took too long/,
      409,
    );
  });

  test("T63 says in words why the provider refused, and quotes it as text", async () => {
    const address = newAddress();
    const back = await signInAt(await begin(address), { deny: true });
    const page = await browser.get(pathOf(back));
    await refused(page, address, /Access was not given at the provider/);
    expect(page.text).toContain("&lt;b&gt;No&lt;/b&gt;, thank you");
    const state = back.searchParams.get("state")!;
    const odd = await browser.get(`/admin/connectors/callback?${new URLSearchParams({ state, error: "constructor" })}`);
    await refused(odd, address, /The provider refused the sign-in/);
  });

  test("a code of another server, or an answer in its name, is not taken (mix-up, RFC 9207)", async () => {
    const other = await startAuthorizationServer(callback);
    const elsewhere = await connect(other);
    const address = newAddress();
    const [ours, theirs] = [
      await signInAt(await begin(address)),
      await signInAt(await begin(address, { through: elsewhere })),
    ];
    const mixed = (values: Record<string, string | null>) => {
      const url = new URL(ours);
      for (const [name, value] of Object.entries(values))
        value === null ? url.searchParams.delete(name) : url.searchParams.set(name, value);
      return url;
    };
    const code = theirs.searchParams.get("code")!;
    const before = provider.asked.length;
    await refused(await finish(mixed({ iss: other.issuer, code })), address, /from another authorisation server/);
    const second = await signInAt(await begin(address));
    second.searchParams.delete("iss");
    await refused(await finish(second), address, /from another authorisation server/);
    expect(provider.asked.length).toBe(before);

    const third = await signInAt(await begin(address));
    third.searchParams.set("code", code);
    await refused(await finish(third), address, /is not for this connector/);
  });

  test("T73 a token address that is slow, answers nonsense, redirects inside or refuses says so, and connects nothing", async () => {
    const address = newAddress();
    const cases: [AuthorizationServer["next"], RegExp][] = [
      ["slow", /did not answer in time/],
      ["nonsense", /gave no token/],
      [{ redirect: "http://127.0.0.1:1/metadata" }, /Redirects are not followed/],
      [
        { status: 401, body: { error: "invalid_client", error_description: "<i>expired</i>" } },
        /&lt;i&gt;expired&lt;\/i&gt;/,
      ],
      [{ status: 200, body: { access_token: "t", token_type: "bearer", expires_in: 60 } }, /gave no refresh token/],
    ];
    for (const [next, words] of cases) {
      const back = await signInAt(await begin(address));
      provider.next = next;
      await refused(await finish(back), address, words);
    }
    const wrong = await connect(provider, { clientSecret: seal("not the secret") });
    await refused(
      await finish(await signInAt(await begin(address, { through: wrong }))),
      address,
      /client ID and secret/,
    );
    const inside = await connect(provider, { tokenUrl: "https://10.0.0.1/token" });
    await refused(
      await finish(await signInAt(await begin(address, { through: inside }))),
      address,
      /private or reserved/,
    );
  });

  test("whoever signs in as another mailbox is told so, and a server without IMAP, too", async ({ skip }) => {
    if (!dovecot) return skip(noDovecot);
    const address = newAddress();
    const back = await signInAt(await begin(address), { as: newAddress() });
    await refused(await finish(back), address, /does not take this sign-in for/);
    const closed = await connect(provider, { imapPort: 1 });
    await refused(
      await finish(await signInAt(await begin(address, { through: closed }))),
      address,
      /takes no connections/,
    );
  });

  test("M13 B4 a full plan and an address that is there already are said before anybody signs in", async ({ skip }) => {
    if (!dovecot) return skip(noDovecot);
    const address = newAddress();
    expect((await connectBox(address)).status).toBe(303);
    const form = { name: "", address };
    const twice = await browser.post(`/admin/connectors/${connector.id}/mailboxes`, form).expect(422);
    expect(twice.text).toContain("is connected already");
    const odd = await browser
      .post(`/admin/connectors/${connector.id}/mailboxes`, { name: "", address: "nobody" })
      .expect(422);
    expect(odd.text).toContain('value="nobody"');

    const next = await signInAt(await begin(newAddress()));
    await db.update(plans).set({ mailboxes: 1 });
    const full = await browser.post(`/admin/connectors/${connector.id}/mailboxes`, { name: "", address: newAddress() });
    const late = await finish(next);
    await db.update(plans).set({ mailboxes: null });
    for (const answer of [full, late]) {
      expect(answer.status).toBe(409);
      expect(answer.text).toContain("all of them are in use");
    }
  });
});

describe("access tokens", () => {
  test("one process at a time asks for a new one, and the refresh token that came along is kept", async ({ skip }) => {
    if (!dovecot) return skip(noDovecot);
    const address = newAddress();
    await connectBox(address);
    const before = await sourceOf(address);
    await change(address, ended);
    const asked = provider.asked.length;
    const tokens = await Promise.all(Array.from({ length: 8 }, () => accessTokenFor(before)));
    expect(new Set(tokens).size).toBe(1);
    expect(provider.asked.length - asked).toBe(1);
    const after = await sourceOf(address);
    expect(unseal(after.refreshToken!)).not.toBe(unseal(before.refreshToken!));
    expect(tokens[0]).not.toBe(unseal(before.accessToken!));
    expect(await accessTokenFor(before)).toBe(tokens[0]);
    expect(provider.asked.length - asked).toBe(1);
  });

  test("a token server that is away for a while costs nothing: the next try works", async ({ skip }) => {
    if (!dovecot) return skip(noDovecot);
    const address = newAddress();
    await connectBox(address);
    const source = await sourceOf(address);
    await change(address, ended);
    for (const [next, code] of [
      ["slow", "timeout"],
      ["nonsense", "provider"],
      [{ status: 503, body: { error: "temporarily_unavailable" } }, "provider"],
      [{ redirect: "http://127.0.0.1:1/" }, "unreachable"],
    ] as const) {
      provider.next = next;
      await expect(accessTokenFor(source)).rejects.toMatchObject({ code });
    }
    expect(await sourceOf(address)).toMatchObject({ refreshToken: source.refreshToken, failure: null });
    expect(await accessTokenFor(source)).toBeTruthy();
  });

  test("revoked: the mailbox says so, and a new sign-in connects it again, with all that it has", async ({ skip }) => {
    if (!dovecot) return skip(noDovecot);
    const address = newAddress();
    await connectBox(address);
    const box = (await boxOf(address))!;
    const { member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_reader" }, box);
    const source = await sourceOf(address);
    const token = await provider.provider.RefreshToken.find(unseal(source.refreshToken!));
    await token!.destroy();
    await change(address, ended);
    await expect(accessTokenFor(source)).rejects.toMatchObject({ code: "token" });
    expect(await sourceOf(address)).toMatchObject({ refreshToken: null, accessToken: null, failure: "token" });
    const asked = provider.asked.length;
    await expect(accessTokenFor(source)).rejects.toMatchObject({ code: "token" });
    expect(provider.asked.length).toBe(asked);

    const page = await browser.get(`/admin/mailboxes/${box.id}`).expect(200);
    expect(page.text).toContain(`href="/admin/mailboxes/${box.id}/reconnection"`);
    const form = await browser.get(`/admin/mailboxes/${box.id}/reconnection`).expect(200);
    expect(form.text).toMatch(new RegExp(`value="${connector.id}" selected`));
    const onward = await browser
      .post(`/admin/mailboxes/${box.id}/reconnection`, { connector: connector.id })
      .expect(200);
    const done = await finish(await signInAt(onward.headers.refresh!.replace("0; url=", "")));
    expect(done.headers.location).toBe(`/admin/mailboxes/${box.id}`);
    expect(await sourceOf(address)).toMatchObject({ failure: null, version: 2 });
    expect((await boxOf(address))!.id).toBe(box.id);
    expect((await changesOf(account.id)).at(-1)).toBe("mailbox.reconnected");
    expect(await accessTokenFor(source)).toBeTruthy();

    const native = await create.mailbox(account);
    await browser.get(`/admin/mailboxes/${native.id}/reconnection`).expect(409);
    const stranger = await owner();
    await stranger.browser.get(`/admin/mailboxes/${box.id}/reconnection`).expect(404);
    await stranger.browser.post(`/admin/mailboxes/${box.id}/reconnection`, { connector: connector.id }).expect(404);
  });
});
