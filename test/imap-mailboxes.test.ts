import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { seal, unseal } from "../src/access/vault.ts";
import { config } from "../src/config.ts";
import { imapSources, mailboxUsage } from "../src/db/boxes.ts";
import { db } from "../src/db/client.ts";
import { events, mailboxes, plans } from "../src/db/schema.ts";
import { closeConnections } from "../src/imap/connections.ts";
import { proposeSettings } from "../src/imap-mailboxes/providers.ts";
import { adoptMailboxes, measureDue } from "../src/storage/due.ts";
import { sizeOf } from "../src/storage/size.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { trust } from "./support/certificates.ts";
import { hasDovecot, noDovecot, startDovecot } from "./support/dovecot.ts";
import { freshDns, zone } from "./support/name-server.ts";
import { runJobs } from "./support/outbox.ts";
import { statementsOf } from "./support/statements.ts";
import { type Account, create, eventsOf } from "./support/world.ts";

const dovecot = (await startDovecot({ names: ["mail.acme.test"] }))!;
const secret = "Kf7 ünd a blank ";
let people = 0;

beforeAll(() => {
  if (hasDovecot) trust(dovecot.ca);
});
beforeEach(() => {
  freshDns();
  zone("acme.test", [["mail", "A", "127.0.0.1"]]);
  config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
});
afterAll(closeConnections);

// All at once: Dovecot looks at its list of users once in a second. The first has a quota.
for (let n = 1; n <= 12; n++) dovecot?.addUser(`ana${n}@acme.test`, secret, n === 1 ? { quotaBytes: 1_000_000 } : {});

/** Somebody with a mailbox at the mail server, and the form that connects it. */
function person() {
  const address = `ana${++people}@acme.test`;
  const form = { name: "Ana’s", address, host: "Mail.Acme.test.", port: `${dovecot?.tlsPort}`, security: "tls" };
  return { ...form, username: address, password: secret };
}
const boxesOf = (account: Account) => db.select().from(mailboxes).where(eq(mailboxes.accountId, account.id));
const sourceOf = async (id: string) => (await db.select().from(imapSources).where(eq(imapSources.mailboxId, id)))[0]!;
const usageOf = async (id: string) => (await db.select().from(mailboxUsage).where(eq(mailboxUsage.mailboxId, id)))[0]!;

async function connected(browser: Awaited<ReturnType<typeof owner>>["browser"], form = person()) {
  const answer = await browser.post("/admin/mailboxes/imap", form).expect(303);
  return { id: answer.headers.location!.split("/").at(-1)!, form };
}

describe("adding a mailbox that is hosted elsewhere", () => {
  test("M13 proposes settings from the address, and names what a provider wants", async () => {
    const { browser } = await admin("mailboxes.add");
    expect((await browser.get("/admin/mailboxes/imap/new").expect(200)).text).toContain("Address of the mailbox");
    expect((await browser.get("/admin/mailboxes/imap/new?address=nonsense").expect(422)).text).toContain("not a whole");
    const gmail = (await browser.get("/admin/mailboxes/imap/new?address=Ana@gmail.com").expect(200)).text;
    for (const words of ['value="imap.gmail.com"', 'value="993"', 'value="ana@gmail.com"', "app password"])
      expect(gmail).toContain(words);
    expect(proposeSettings("ana@icloud.com")).toMatchObject({ host: "imap.mail.me.com", username: "ana" });
    expect(proposeSettings("ana@acme.test")).toMatchObject({ host: "imap.acme.test", port: 993, security: "tls" });
  });

  test("M13 is tested by a real sign-in, kept sealed, logged without the password, and measured at once", async ({
    skip,
  }) => {
    if (!hasDovecot) return skip(noDovecot);
    const { account, browser } = await admin("mailboxes.add", "mailboxes.view");
    const { id, form } = await connected(browser, person());
    await dovecot.deliver(form.address, `Subject: Hello\r\n\r\n${"x".repeat(50_000)}`);
    await runJobs();

    const [mailbox] = await boxesOf(account);
    expect(mailbox).toMatchObject({ id, kind: "imap", address: form.address, name: "Ana’s" });
    const source = await sourceOf(id);
    expect(source).toMatchObject({ host: "mail.acme.test", security: "tls", username: form.address, failure: null });
    expect(source.password).not.toContain("Kf7");
    expect(unseal(source.password!)).toBe(secret);
    const [event] = await db
      .select()
      .from(events)
      .where(and(eq(events.accountId, account.id), eq(events.name, "mailbox.connected")));
    expect(event!.after).toEqual({
      name: "Ana’s",
      address: form.address,
      host: "mail.acme.test",
      port: dovecot.tlsPort,
      security: "tls",
      username: form.address,
    });

    const page = (await browser.get(`/admin/mailboxes/${id}`).expect(200)).text;
    for (const words of [
      "mail.acme.test",
      form.address,
      "Last reached",
      "50 kB of 1 MB",
      "As the mail server says",
      "Measured: Today",
    ])
      expect(page.replaceAll(/\s/g, " ")).toContain(words);
    expect(page).not.toContain("Change the connection");
    expect(page).not.toContain("Measure now");
    const [kept] = await db.execute<{ all: string }>(sql`
      select concat((select string_agg(payload::text, '') from graphile_worker._private_jobs),
        (select string_agg(e::text, '') from events e), (select string_agg(s::text, '') from sessions s)) as all`);
    expect(kept!.all).toContain(form.address);
    for (const text of [page, kept!.all]) expect(text).not.toContain("Kf7");
  });

  test("M13 says beside the field what is wrong, keeps what was typed but the password, and saves nothing", async ({
    skip,
  }) => {
    if (!hasDovecot) return skip(noDovecot);
    const { account, browser } = await owner();
    zone("acme.test", [
      ["mail", "A", "127.0.0.1"],
      ["inside", "A", "10.0.0.1"],
      ["other", "A", "127.0.0.1"],
    ]);
    const form = person();
    const cases: [Record<string, string>, string, string][] = [
      [{ password: "wrong Kf7" }, "password", "does not take this user name"],
      [{ host: "nowhere.acme.test" }, "host", "no host of this name"],
      [{ host: "other.acme.test" }, "host", "certificate"],
      [{ host: "inside.acme.test" }, "host", "are not allowed"],
      [{ host: "0x0a000001" }, "host", "are not allowed"],
      [{ port: "1" }, "port", "takes no connections"],
      [{ port: `${dovecot.port}` }, "security", "offers no such encryption"],
      [{ host: "imaps://mail.acme.test" }, "host", "without imap://"],
      [{ port: "99999" }, "port", "A port is a number"],
      [{ security: "ssl3" }, "security", "Choose an encryption"],
      [{ password: "a\r\nb LOGOUT" }, "password", "cannot be shown"],
      [{ address: "no address" }, "address", "not a whole address"],
      [{ password: "" }, "password", "Enter the password"],
    ];
    for (const [wrong, field, words] of cases) {
      const page = await browser.post("/admin/mailboxes/imap", { ...form, ...wrong });
      expect([wrong, page.status]).toEqual([wrong, 422]);
      expect(page.text).toMatch(new RegExp(`id="${field}-error" class="error">[^<]*${words}`));
      expect(page.text).toContain("Ana’s");
      expect(page.text).not.toContain("Kf7");
    }
    expect(await boxesOf(account)).toEqual([]);
    expect((await eventsOf(account.id)).filter((name) => name.startsWith("mailbox"))).toEqual([]);
  });

  test("M13 the same address once in an account, not more than the plan includes, and only by who may", async ({
    skip,
  }) => {
    if (!hasDovecot) return skip(noDovecot);
    const { account, browser } = await owner();
    const form = person();
    const answers = await Promise.all([form, form].map((each) => browser.post("/admin/mailboxes/imap", each)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422]);
    expect(answers.find(({ status }) => status === 422)!.text).toContain("is connected already");
    // Another account may reach the same mailbox: who has its password decides.
    await (await owner()).browser.post("/admin/mailboxes/imap", form).expect(303);

    const [plan] = await db
      .insert(plans)
      .values({ name: `One ${account.id}`, mailboxes: 1 })
      .returning();
    await db.execute(sql`update accounts set plan_id = ${plan!.id} where id = ${account.id}`);
    expect((await browser.post("/admin/mailboxes/imap", person()).expect(409)).text).toContain(
      "all of them are in use",
    );

    const viewer = (await admin("viewer")).browser;
    await viewer.get("/admin/mailboxes/imap/new").expect(403);
    await viewer.post("/admin/mailboxes/imap", form).expect(403);
  });
});

describe("changing how a mailbox is reached", () => {
  test("M10 a new password is tried before it is kept; the old one goes nowhere; of two who edit one is told", async ({
    skip,
  }) => {
    if (!hasDovecot) return skip(noDovecot);
    const { account, browser } = await owner();
    const { id, form } = await connected(browser);
    const path = `/admin/mailboxes/${id}/connection`;
    await db
      .update(imapSources)
      .set({ password: seal("outdated"), failure: "wrong_password", failedAt: new Date() })
      .where(eq(imapSources.mailboxId, id));
    const shown = (await browser.get(`/admin/mailboxes/${id}`)).text;
    expect(shown).toContain("The server does not take this user name with this password.");
    expect((await browser.get("/admin/mailboxes?kind=imap")).text).toContain("Not reached");
    const page = (await browser.get(path).expect(200)).text;
    expect(page).toContain(`value="${form.username}"`);
    expect(page).not.toContain("outdated");

    const { name, address, ...way } = form;
    await browser.post(path, { ...way, version: "1", password: "" }).expect(422);
    await browser.post(path, { ...way, version: "1", password: "wrong" }).expect(422);
    expect(unseal((await sourceOf(id)).password!)).toBe("outdated");
    await browser.post(path, { ...way, version: "1" }).expect(303);
    expect(await sourceOf(id)).toMatchObject({ version: 2, failure: null });
    expect(unseal((await sourceOf(id)).password!)).toBe(secret);
    const stale = await browser.post(path, { ...way, version: "1", username: "other" }).expect(409);
    expect(stale.text).toContain("Somebody else changed this connection");
    expect(stale.text).toContain('name="version" value="2"');
    expect((await eventsOf(account.id)).filter((each) => each === "mailbox.reconnected")).toHaveLength(1);
  });

  test("M10 is for who edits or manages the mailbox, of nobody else's, and not of one that is hosted here", async () => {
    const { account, browser } = await owner();
    const box = await create.mailbox(account, { kind: "imap", address: "x@elsewhere.test" });
    const native = await create.mailbox(account);
    const { user, member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_owner" }, box);
    const manager = await browserOf(user, account);
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    const { browser: neighbour } = await owner();
    const path = (id: string) => `/admin/mailboxes/${id}/connection`;
    expect((await manager.get(path(box.id)).expect(200)).text).toContain('value="imap.elsewhere.test"');
    await manager.get(path(native.id)).expect(403);
    await viewer.get(path(box.id)).expect(403);
    await neighbour.get(path(box.id)).expect(404);
    await browser.get(path(native.id)).expect(409);
    for (const [who, status] of [
      [viewer, 403],
      [neighbour, 404],
    ] as const) {
      await who.post(path(box.id), { ...person(), version: "0" }).expect(status);
      await who.post(`/admin/mailboxes/${box.id}/measurement`).expect(status);
    }
  });
});

describe("storage", () => {
  test("M11 is measured when due, by quota or added up, with its age, or says why not; a host that is away is asked once", async ({
    skip,
  }) => {
    if (!hasDovecot) return skip(noDovecot);
    const { account, browser } = await owner();
    const { id, form } = await connected(browser);
    await dovecot.deliver(form.address, `Subject: One\r\n\r\n${"x".repeat(2000)}`);
    await dovecot.deliver(form.address, `Subject: Two\r\n\r\n${"x".repeat(3000)}`, "Archive");
    await db.update(mailboxUsage).set({ nextAt: new Date(0) });
    const dead = [];
    for (const n of [1, 2, 3, 4, 5]) {
      const { id: mailboxId, accountId } = await create.mailbox(account, {
        kind: "imap",
        address: `dead${n}@gone.test`,
      });
      const way = { host: "127.0.0.1", port: 1, security: "tls", username: "a", password: seal("b") } as const;
      await db.insert(imapSources).values({ mailboxId, accountId, ...way });
      dead.push(mailboxId);
    }
    expect(await adoptMailboxes(100)).toBeGreaterThanOrEqual(5);
    expect(await adoptMailboxes(100)).toBe(0);
    await db.update(mailboxUsage).set({ nextAt: new Date(0) });
    await Promise.all([measureDue(() => false), measureDue(() => false)]);

    const usage = await usageOf(id);
    expect(usage).toMatchObject({ source: "sum", messages: 2, limitBytes: null, failure: null, askedAt: null });
    expect(usage.bytes).toBeGreaterThan(5000);
    expect(usage.bytes).toBeLessThan(6000);
    const hours = (usage.nextAt.getTime() - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(config.STORAGE_HOURS * 0.89);
    expect(hours).toBeLessThan(config.STORAGE_HOURS * 1.11);
    const failed = (await Promise.all(dead.map(usageOf))).filter(({ failure }) => failure === "refused");
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(2);
    const page = (await browser.get(`/admin/mailboxes/${failed[0]!.mailboxId}`)).text;
    expect(page).toContain("Not known");
    expect(page).toContain("takes no connections at this port");

    await db
      .update(imapSources)
      .set({ password: seal("changed there") })
      .where(eq(imapSources.mailboxId, id));
    await browser.post(`/admin/mailboxes/${id}/measurement`).expect(303);
    expect((await browser.get(`/admin/mailboxes/${id}`)).text).toContain("Being measured");
    await runJobs();
    const later = await usageOf(id);
    expect(later).toMatchObject({ failure: "wrong_password", bytes: usage.bytes, measuredAt: usage.measuredAt });
    expect((later.nextAt.getTime() - Date.now()) / 3_600_000).toBeGreaterThan(20);
    const list = (await browser.get("/admin/mailboxes")).text.replaceAll(/\s/g, " ");
    expect(list).toMatch(/5(\.\d)? kB/);
    expect(list).toContain("Not measured yet");
  });

  test("M11 a server without QUOTA and STATUS=SIZE is added up message by message", async ({ skip }) => {
    if (!hasDovecot) return skip(noDovecot);
    const { account, browser } = await owner();
    const { form } = await connected(browser);
    await dovecot.deliver(form.address, `Subject: One\r\n\r\n${"x".repeat(2000)}`);
    await dovecot.deliver(form.address, `Subject: Two\r\n\r\n${"x".repeat(3000)}`, "Archive");
    const { withMailbox } = await import("../src/imap/with-mailbox.ts");
    const { system } = await import("../src/access/actor.ts");
    const [mailbox] = await boxesOf(account);
    const sums = await withMailbox(system(account.id), mailbox!, async (client) => {
      const whole = await sizeOf(client);
      for (const name of ["QUOTA", "STATUS=SIZE", "IMAP4rev2"]) client.capabilities.delete(name);
      return [whole.bytes, await sizeOf(client)] as const;
    });
    expect(sums[1]).toMatchObject({ source: "sum", messages: 2, partial: false, limitBytes: null });
    expect(sums[1].bytes).toBeGreaterThan(5000);
  });
});

test("M9 the list shows all, native and IMAP mailboxes, in at most four questions to the database", async () => {
  const { account, browser } = await owner();
  await create.mailbox(account, { name: "Here" });
  await create.mailbox(account, { name: "There", kind: "imap", address: "there@elsewhere.test" });
  const names = async (query: string) =>
    [...(await browser.get(`/admin/mailboxes${query}`).expect(200)).text.matchAll(/>(Here|There)<\/a>/g)].map(
      ([, name]) => name,
    );
  expect(await names("")).toEqual(["Here", "There"]);
  expect(await names("?kind=native")).toEqual(["Here"]);
  expect(await names("?kind=imap")).toEqual(["There"]);
  expect(await names("?kind=imap&kind=native")).toEqual(["Here", "There"]);
  const asked = await statementsOf(() => names("?kind=imap"));
  expect(asked.filter((statement) => /from "?mailboxes/.test(statement))).toHaveLength(2);
  expect(asked.length).toBeLessThanOrEqual(4);
});
