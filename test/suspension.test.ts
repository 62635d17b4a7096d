import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import supertest from "supertest";
import { beforeAll, describe, expect, test } from "vitest";
import { system } from "../src/access/actor.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { accounts, mailboxPasswords, mailboxUsage, users } from "../src/db/schema.ts";
import { startImport } from "../src/import-runs/start.ts";
import { measureDue } from "../src/storage/due.ts";
import { application, Browser, browserOf, owner } from "./support/browser.ts";
import { checkedImport, importNow } from "./support/checked-imports.ts";
import { invite, mailedLink, postFrom, profile } from "./support/invites.ts";
import { mailsTo, mailTo, runJobs, skipWaiting } from "./support/outbox.ts";
import { type Program, programOf } from "./support/programs.ts";
import { receiver, skipPauses, tell } from "./support/receivers.ts";
import { type Account, create, eventsOf, type Mailbox, type User } from "./support/world.ts";

let operator: Browser;
let operatorUser: User;
let home: Account;
let user: User;
let browser: Browser;
let program: Program;
let box: Mailbox;

const here = () => `/instance/accounts/${home.id}`;
const suspend = () => operator.post(`${here()}/suspension`, { reason: "The invoice of May", name: home.name });
const restore = () => operator.post(`${here()}/restoration`);
const stored = async () => (await db.select().from(accounts).where(eq(accounts.id, home.id)))[0]!;
const signIns = async () =>
  (await db.execute(sql`select 1 from mail_server.sign_ins where address = ${box.address}`)).length;
const tokenFor = (of: Program) =>
  supertest(application())
    .post("/oauth/token")
    .type("form")
    .send({ grant_type: "client_credentials", client_id: of.client.clientId, client_secret: of.secret });

beforeAll(async () => {
  operatorUser = await create.user({ instanceAdmin: true, firstName: "Olivia", lastName: "Berg" });
  operator = await browserOf(operatorUser);
  ({ account: home, user, browser } = await owner());
  program = await programOf(home, user);
  box = await create.mailbox(home);
  await db.insert(mailboxPasswords).values({ accountId: home.id, mailboxId: box.id, label: "Phone", hash: "hash" });
  await create.domain(home, {
    ...{ name: "paused.test", status: "active", verifiedAt: new Date(), activatedAt: new Date() },
  });
});

describe("suspending an account", () => {
  test("asks for a reason and the name, and is for administrators of the installation alone", async () => {
    const page = (await operator.get(`${here()}/suspension`).expect(200)).text;
    expect(page).toContain("Mail programs cannot sign in.");
    const answer = await operator.post(`${here()}/suspension`, { reason: "", name: "Another" }).expect(422);
    expect(answer.text).toContain("Say why: everybody in the account reads it.");
    const named = await operator.post(`${here()}/suspension`, { reason: "May", name: "Another" }).expect(422);
    expect(named.text).toContain("Type the name of the account exactly");
    await browser.post(`${here()}/suspension`, { reason: "May", name: home.name }).expect(403);
    await browser.post(`${here()}/restoration`).expect(403);
    await operator.get(`/instance/accounts/${crypto.randomUUID()}`).expect(404);
    await operator.post(`/instance/accounts/${crypto.randomUUID()}/restoration`).expect(404);
    await restore().expect(409);
    expect((await stored()).suspendedAt).toBeNull();
  });

  test("nobody works in it: its pages say who suspended it and why, and offer what is left", async () => {
    const other = await create.account({ name: "Second place" });
    await create.grant(await create.member(other, user), { systemRole: "viewer" });
    await browser.get("/admin/users").expect(200);
    await suspend().expect(303);
    await suspend().expect(409);

    for (const path of ["/", "/admin/users", "/admin/mailboxes", `/admin/mailboxes/${box.id}`, "/admin/settings"])
      expect((await browser.get(path).expect(303)).headers.location).toBe("/accounts/suspended");
    const page = (await browser.get("/accounts/suspended").expect(403)).text;
    for (const words of ["The invoice of May", "Olivia Berg", operatorUser.email, "Second place", "/profile"])
      expect(page).toContain(words);
    expect(page).not.toContain("/admin/");
    await browser.post("/admin/users/new", { email: "late@elsewhere.test" }).expect(403);
    await browser
      .get("/admin/users")
      .set("HX-Request", "true")
      .expect("HX-Redirect", "/accounts/suspended")
      .expect(403);
    await browser.get("/profile").expect(200);
    expect((await browser.get("/profile/mailboxes").expect(200)).text).not.toContain(box.name);
    expect((await browser.get("/accounts").expect(200)).text).toContain("Suspended");

    await runJobs();
    expect(mailTo(user.email)).toMatchObject({ subject: `${home.name} is suspended` });
    expect(mailTo(user.email).text).toContain("The invoice of May");
    expect(await eventsOf(home.id)).toContain("account.suspended");

    // Another page of the same person goes on where they are welcome, and this one can be left for it.
    await browser.post(`/accounts/${other.id}/switch`).expect(303);
    await browser.get("/admin/users").expect(200);
    await browser.post(`/accounts/${home.id}/switch`).expect(303);
    await browser.get("/admin/users").expect(303);
  });

  test("programs are told so, keep their tokens, and get no new one", async () => {
    const answer = await program.get("/members").expect(403);
    expect(answer.body).toMatchObject({ status: 403, title: "This is not allowed" });
    expect(answer.body.detail).toContain("suspended");
    const refused = await tokenFor(program).expect(400);
    expect(refused.body).toMatchObject({ error: "unauthorized_client" });
    expect(refused.body.error_description).toContain("suspended");
  });

  test("mail programs cannot sign in, and mail still arrives", async () => {
    expect(await signIns()).toBe(0);
    const takes = sql`select receives from mail_server.mailboxes where address = ${box.address}`;
    expect([...(await db.execute(takes))]).toEqual([{ receives: true }]);
  });

  test("nobody new comes in by its domain", async () => {
    const answer = await new Browser().post("/register", { email: "ana@paused.test" }).expect(422);
    expect(answer.text).toContain("the account that runs it is suspended");
  });

  test("restoring it brings everything back", async () => {
    await restore().expect(303);
    await browser.get("/admin/users").expect(200);
    await program.get("/members").expect(200);
    await tokenFor(program).expect(200);
    expect(await signIns()).toBe(1);
    await new Browser().post("/register", { email: "ana@paused.test" }).expect(200);
    await runJobs();
    expect(mailTo(user.email).subject).toBe(`${home.name} is restored`);
    expect((await browser.get("/accounts/suspended").expect(303)).headers.location).toBe("/accounts");
    const past = (await operator.get(here()).expect(200)).text;
    expect(past).toContain("The invoice of May");
  });
});

describe("what was under way in an account that is suspended", () => {
  test("an invitation waits: nobody registers or accepts by it until the account is restored", async () => {
    const known = await create.user();
    await invite(browser, known.email);
    const member = await invite(browser, "newcomer@elsewhere.test");
    const link = await mailedLink("newcomer@elsewhere.test");
    await invite(browser, "unsent@elsewhere.test");
    await suspend().expect(303);

    await runJobs();
    expect(mailsTo("unsent@elsewhere.test")).toEqual([]);
    expect((await new Browser().get(link).expect(409)).text).toContain("is suspended at the moment");
    const guest = await browserOf(known);
    const page = (await guest.get("/profile/invites").expect(200)).text;
    expect(page).toContain("is suspended at the moment");
    const place = page.match(/\/profile\/invites\/([0-9a-f-]+)\/decline/)![1];
    const refused = await guest.post(`/profile/invites/${place}/acceptance`).expect(409);
    expect(refused.text).toContain("Your invitation stays.");

    await restore().expect(303);
    await guest.post(`/profile/invites/${place}/acceptance`).expect(303);
    await postFrom(new Browser(), link, `${link}/registration`, profile).then((answer) =>
      expect(answer.status).toBe(303),
    );
    expect((await db.execute(sql`select status from members where id = ${member.id}`))[0]).toEqual({
      status: "active",
    });
  });

  test("R1 an import stops, is not lost, and goes on when the account is restored", async () => {
    const run = await checkedImport(home, user, [{ email: "kim@paused.test" }]);
    const actor = {
      ...system(home.id),
      userId: user.id,
      permissions: new Set(["imports.run", "users.create"] as const),
    };
    await startImport(actor, run.id, { create: 1, update: 0 });
    await suspend().expect(303);
    await runJobs();
    expect((await importNow(run)).status).toBe("running");
    expect(await db.select().from(users).where(eq(users.email, "kim@paused.test"))).toEqual([]);

    await restore().expect(303);
    await skipWaiting();
    await runJobs();
    expect((await importNow(run)).status).toBe("done");
    expect(await db.select().from(users).where(eq(users.email, "kim@paused.test"))).toHaveLength(1);
  });

  test("webhooks are told nothing until the account is restored, and then all of it", async () => {
    config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
    const listening = await receiver();
    await browser.post("/admin/webhooks", { url: listening.url, about: "", scope: "all" }).expect(201);
    await browser
      .post("/admin/roles", { level: "account", name: "Desk", about: "", permissions: "users.view" })
      .expect(303);
    await suspend().expect(303);
    await tell();
    expect(listening.types()).toEqual([]);
    await restore().expect(303);
    await skipPauses();
    await tell();
    expect(listening.types()).toContain("role.created");
  });

  test("no mail server is asked for the size of its mailboxes", async () => {
    await suspend().expect(303);
    const due = new Date(Date.now() - 60_000);
    await db
      .insert(mailboxUsage)
      .values({ mailboxId: box.id, accountId: home.id, nextAt: due })
      .onConflictDoUpdate({ target: mailboxUsage.mailboxId, set: { nextAt: due, failure: null } });
    await measureDue(() => false);
    const [usage] = await db.select().from(mailboxUsage).where(eq(mailboxUsage.mailboxId, box.id));
    expect(usage).toMatchObject({ failure: null, measuredAt: null });
    await restore().expect(303);
    await db.update(mailboxUsage).set({ nextAt: due });
    await measureDue(() => false);
    const [again] = await db.select().from(mailboxUsage).where(eq(mailboxUsage.mailboxId, box.id));
    expect(again!.failure).not.toBeNull();
  });
});

describe("the list of accounts", () => {
  test("finds one by name, by a domain and by who is in it, and narrows to how they stand", async () => {
    const text = async (query: string) => (await operator.get(`/instance/accounts?${query}`).expect(200)).text;
    for (const q of [home.name, "paused.test", user.email, home.id]) expect(await text(`q=${q}`)).toContain(here());
    expect(await text("q=%25")).not.toContain(here());
    expect(await text(`q=${user.email}&show=suspended`)).not.toContain(here());
    await suspend().expect(303);
    expect(await text(`q=${user.email}&show=suspended`)).toContain(here());
    await restore().expect(303);
  });

  test("shows what one uses and whom to ask, page by page, to administrators of the installation alone", async () => {
    const page = (await operator.get(here()).expect(200)).text;
    for (const words of [user.email, "paused.test", "Standard"]) expect(page).toContain(words);
    const started = Date.now();
    for (let n = 0; n < 26; n++) await create.account({ name: `Many ${n}`, createdAt: new Date(started + n) });
    const first = (await operator.get("/instance/accounts?q=Many").expect(200)).text;
    const next = first.match(/rel="next" href="([^"]+)"/)![1]!.replaceAll("&amp;", "&");
    expect(first).toContain("Many 25");
    expect(first).not.toContain(">Many 0<");
    expect((await operator.get(next).expect(200)).text).toContain(">Many 0<");
    await browser.get("/instance/accounts").expect(403);
    await browser.get(here()).expect(403);
    await new Browser().get("/instance/accounts").expect(303);
  });
});
