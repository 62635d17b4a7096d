import "./support/outbox.ts";
import { and, eq, isNull } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts, activationRuns, events, importPeople, mailboxes, members, plans, users } from "../src/db/schema.ts";
import { runImport } from "../src/import-runs/work.ts";
import { type PlanChange, usePayment } from "../src/plans/payment.ts";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { checkedImport } from "./support/checked-imports.ts";
import { attribute } from "./support/forms.ts";
import { checked } from "./support/imports.ts";
import { profile } from "./support/invites.ts";
import { linkIn, mailTo, runJobs } from "./support/outbox.ts";
import { type Account, changesOf, create, type Domain, grantsOf } from "./support/world.ts";

let named = 0;

/** Puts the account on a plan of its own with so many mailboxes. */
async function limit(account: Account, included: number | null) {
  const [plan] = await db
    .insert(plans)
    .values({ name: `Plan ${++named}`, mailboxes: included })
    .returning();
  await db.update(accounts).set({ planId: plan!.id }).where(eq(accounts.id, account.id));
  return plan!;
}

const inUse = (account: Account) =>
  db
    .select()
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, account.id), isNull(mailboxes.archivedAt)));

describe("B4 M28 a plan counts mailboxes", () => {
  test("M28 the page refuses one too many and keeps what was typed; archiving makes room, restoring needs it", async () => {
    const { account, browser } = await owner();
    const plan = await limit(account, 2);
    const [first] = [await create.mailbox(account), await create.mailbox(account)];
    const refused = await browser.post("/admin/mailboxes", { name: "Third", local: "third" }).expect(409);
    expect(refused.text).toContain(`“${plan.name}” includes 2 mailboxes, and all of them are in use`);
    expect(refused.text).toContain('value="Third"');
    await browser.post(`/admin/mailboxes/${first.id}/archive`, { version: "1" }).expect(303);
    await browser.post("/admin/mailboxes", { name: "Third", local: "third" }).expect(303);
    await browser.post(`/admin/mailboxes/${first.id}/restoration`).expect(409);
    expect(await inUse(account)).toHaveLength(2);
    expect(await changesOf(account.id)).toEqual(["mailbox.archived", "mailbox.created"]);
  });

  test("B4 users never count", async () => {
    const { account, browser } = await owner();
    await limit(account, 1);
    for (let n = 0; n < 5; n++) await create.colleague(account, ["viewer"]);
    await browser.post("/admin/users/add", { email: "sixth@elsewhere.test" }).expect(303);
    await browser.post("/admin/mailboxes", { name: "Only", local: "only-one" }).expect(303);
  });

  test("M28 of many who take the last places at once only so many get one", async () => {
    const { account, browser } = await owner();
    await limit(account, 3);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => browser.post("/admin/mailboxes", { name: "One", local: `race-${n}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 303, 303, 409, 409, 409, 409, 409]);
    expect(await inUse(account)).toHaveLength(3);
  });
});

/** An owner whose account has a domain; `included` mailboxes in its plan. */
async function company(included: number | null, state: "verified" | "active" = "active") {
  const visitor = await owner();
  await limit(visitor.account, included);
  await db.update(accounts).set({ personalMailboxes: true }).where(eq(accounts.id, visitor.account.id));
  const name = `limit${++named}.example`;
  const since = { verifiedAt: new Date(), activatedAt: state === "active" ? new Date() : null };
  const domain = await create.domain(visitor.account, { name, status: state, ...since });
  return { ...visitor, domain, at: (local: string) => `${local}@${name}` };
}

const userAt = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];

type Activated = { plan: ReturnType<typeof JSON.parse>; run: typeof activationRuns.$inferSelect; text: string };

/** `looks`: whoever is told that the plan is no longer what they saw looks at it again, this often at most. */
async function activate(browser: Browser, domain: Domain, looks = 1): Promise<Activated> {
  const path = `/admin/domains/${domain.id}/activation`;
  const { text } = await browser.get(path).expect(200);
  const plan = attribute(text.match(/<input[^>]*name="plan"[^>]*>/)![0], "value")!;
  const { status } = await browser.post(path, { plan, confirmation: domain.name });
  if (status === 409 && looks > 1) return activate(browser, domain, looks - 1);
  expect(status).toBe(303);
  await runJobs();
  const [run] = await db.select().from(activationRuns).where(eq(activationRuns.domainId, domain.id));
  return { plan: JSON.parse(plan), run: run!, text };
}

describe("B4 M28 personal mailboxes count too", () => {
  test("A38 an activation takes everybody in; who finds the plan full comes without a mailbox, and plan and result say so", async () => {
    const { account, browser, domain, at } = await company(3, "verified");
    await create.mailbox(account);
    for (const local of ["a", "b", "c", "d", "taken"]) await create.user({ email: at(local) });
    await create.mailbox(await create.account(), { address: at("taken") });
    const { plan, run, text } = await activate(browser, domain);
    expect(plan).toMatchObject({ taken: 5, clashes: 1, full: 2 });
    expect(text).toContain("the plan has no room for it");
    expect(run.result).toMatchObject({ taken: 5, mailboxes: 2, clashes: 1, full: 2 });
    expect(await inUse(account)).toHaveLength(3);
    await browser.get(`/admin/domains/${domain.id}/run`).expect(200, /Without a personal mailbox: the plan is full/);
  });

  test("A49 Create user with a mailbox is refused beside the box, and works without; B13 keeps nobody out", async () => {
    const { account, browser, domain, at } = await company(1);
    await create.mailbox(account);
    const person = { firstName: "Ana", lastName: "Lopez", local: "ana", domain: domain.name };
    const refused = await browser.post("/admin/users/create", { ...person, personalMailbox: "on" }).expect(409);
    expect(refused.text).toContain('id="personalMailbox-error"');
    expect(await userAt(at("ana"))).toBeUndefined();
    await browser.post("/admin/users/create", person).expect(303);
    await browser.post("/admin/users/add", { email: at("ben") }).expect(303);
    expect((await userAt(at("ben")))!.defaultMailboxId).toBeNull();
    expect(await inUse(account)).toHaveLength(1);
  });

  test("who comes in without one because of the plan is told of: to whoever adds them, and on their page; whichever way they came", async () => {
    const { account, user, browser, domain, at } = await company(1);
    const only = await create.mailbox(account);
    const note = "No personal mailbox: the plan was full when this user came in";
    const member = async (local: string) =>
      (
        await db
          .select()
          .from(members)
          .where(and(eq(members.accountId, account.id), eq(members.email, at(local))))
      )[0]!;
    const page = async (local: string, tab = "mailboxes", who = browser) =>
      (await who.get(`/admin/users/${(await member(local)).id}/${tab}`).expect(200)).text;
    const says = async (local: string) => (await page(local)).includes(note);

    await browser.post("/admin/users/add", { email: at("added") }).expect(303);
    const list = (await browser.get("/admin/users").expect(200)).text;
    expect(list).toContain(`${at("added")} has no personal mailbox: the plan was full.`);
    await create.user({ email: at("proven") });
    await browser.post("/admin/users/add", { email: at("proven") }).expect(303);
    await new Browser().post("/register", { email: at("registered") }).expect(200);
    await runJobs();
    await new Browser().post(linkIn(mailTo(at("registered"))), profile).expect(303);
    const going = { status: "running", startedBy: user.id, startedAt: new Date(), total: 1 } as const;
    await runImport((await checkedImport(account, user, [{ email: at("imported"), personalMailbox: true }], going)).id);
    for (const local of ["added", "proven", "registered", "imported"])
      expect([local, await says(local)]).toEqual([local, true]);
    expect(await page("added", "settings")).toContain(note);
    expect(await page("added")).toContain('href="/admin/subscription">See the plan<');

    // Nobody asked for one, or there is one.
    const person = { firstName: "Ana", lastName: "Lopez", local: "unasked", domain: domain.name };
    await browser.post("/admin/users/create", person).expect(303);
    await browser.post("/admin/users/add", { email: "outside@elsewhere.test" }).expect(303);
    await browser.post(`/admin/mailboxes/${only.id}/archive`, { version: "1" }).expect(303);
    await browser.post("/admin/users/add", { email: at("lucky") }).expect(303);
    expect((await browser.get("/admin/users").expect(200)).text).not.toContain("no personal mailbox");
    for (const local of ["unasked", "lucky"]) expect([local, await says(local)]).toEqual([local, false]);
    await create.mailbox(account, { address: at("added"), personalUserId: (await userAt(at("added")))!.id });
    expect([await says("added"), await says("proven")]).toEqual([false, true]);

    // There is room again: whoever may create users makes it, once; nobody else does.
    const made = (local: string, who = browser) =>
      member(local).then(({ id }) => who.post(`/admin/users/${id}/personal-mailbox`));
    const { user: viewer } = await create.colleague(account, ["viewer"]);
    expect((await made("proven", await browserOf(viewer, account))).status).toBe(403);
    expect((await made("proven", (await owner()).browser)).status).toBe(404);
    expect((await made("proven")).text).toContain("all of them are in use");
    await limit(account, 3);
    const statuses = await Promise.all([made("proven"), made("proven")]);
    expect(statuses.map(({ status }) => status).toSorted()).toEqual([303, 409]);
    expect((await made("unasked")).status).toBe(409);
    expect([await says("proven"), await says("registered")]).toEqual([false, true]);
    const mine = (await inUse(account)).find(({ address }) => address === at("proven"))!;
    expect(await userAt(at("proven"))).toMatchObject({ defaultMailboxId: mine.id });
    expect(await grantsOf((await member("proven")).id)).toContain(`mailbox_owner@${mine.id}`);
    const why = await page("proven", `why?permission=messages.read&mailbox=${mine.id}`);
    expect(why).toMatch(/Given by Person No \d+/);
    expect((await changesOf(account.id)).filter((name) => name === "mailbox.created")).toHaveLength(1);

    const german = await create.colleague(account, ["users.view"]);
    await db.update(users).set({ locale: "de" }).where(eq(users.id, german.user.id));
    const text = await page("registered", "mailboxes", await browserOf(german.user, account));
    expect(text).toContain("Kein persönliches Postfach: Der Tarif war ausgeschöpft, als dieser Benutzer am");
    expect(text).not.toContain("Tarif ansehen");
    const elsewhere = await owner();
    await elsewhere.browser.get(`/admin/users/${(await member("registered")).id}/mailboxes`).expect(404);
  });

  test("A64 the check of an import names the cells beyond the plan; at run time the rest comes in without, and is reported", async () => {
    const { account, user, at } = await company(2);
    await create.mailbox(account);
    const rows = ["a", "b", "c"].map((local) => ["Ana", "Lopez", at(local), "Y"]);
    const { run, said } = await checked(account, user, { users: rows });
    expect(said.filter((line) => line.startsWith("file"))).toEqual([
      "file plan_full Users!D3",
      "file plan_full Users!D4",
    ]);
    expect(run.status).toBe("refused");

    const wishes = ["d", "e"].map((local) => ({ email: at(local), personalMailbox: true }));
    const going = { status: "running", startedBy: user.id, startedAt: new Date(), total: 2 } as const;
    const later = await checkedImport(account, user, wishes, going);
    await runImport(later.id);
    const people = await db.select().from(importPeople).where(eq(importPeople.importId, later.id));
    expect(people.map(({ result, reason }) => [result, reason]).sort()).toEqual([
      ["created", null],
      ["created", "plan_full"],
    ]);
    expect(await inUse(account)).toHaveLength(2);
  });

  test("M28 imports, pages and activations at once never pass the limit, and none of them fails", async () => {
    const { account, user, browser, domain, at } = await company(12, "verified");
    const other = await create.domain(account, {
      name: `also${named}.example`,
      status: "active",
      activatedAt: new Date(),
    });
    for (let n = 0; n < 6; n++) await create.user({ email: at(`p${n}`) });
    const wishes = Array.from({ length: 6 }, (_, n) => ({ email: `q${n}@${other.name}`, personalMailbox: true }));
    const going = { status: "running", startedBy: user.id, startedAt: new Date(), total: 6 } as const;
    const run = await checkedImport(account, user, wishes, going);
    const pages = Array.from({ length: 6 }, (_, n) =>
      browser.post("/admin/mailboxes", { name: "One", local: `mix-${named}-${n}` }),
    );
    const [made, , ...answers] = await Promise.all([activate(browser, domain, 20), runImport(run.id), ...pages]);
    expect(answers.every(({ status }) => status === 303 || status === 409)).toBe(true);
    expect(made.run).toMatchObject({ error: null, result: { taken: 6 } });
    expect(await inUse(account)).toHaveLength(12);
  });
});

const plan = async (included: number | null, price = "€ 4 a month") =>
  (
    await db
      .insert(plans)
      .values({ name: `Plan ${++named}`, mailboxes: included, price })
      .returning()
  )[0]!;

describe("M28 the subscription of an account", () => {
  /** What the page of confirmation holds, as a browser would post it. */
  async function yes(browser: Browser, planId: string) {
    const { text } = await browser.get(`/admin/subscription/plans/${planId}`).expect(200);
    const field = (name: string) => attribute(text.match(new RegExp(`<input[^>]*name="${name}"[^>]*>`))![0], "value")!;
    return { from: field("from"), version: field("version") };
  }

  test("M28 up at once, down refused while over, saying what to free; one event each, and the provider is told in order", async () => {
    const told: PlanChange[] = [];
    usePayment({ ask: async () => ({ agreed: true }), tell: async (change) => void told.push(change) });
    const { account, user, browser } = await owner();
    const first = await limit(account, 1);
    const larger = await plan(3);
    await create.mailbox(account);
    await browser.post("/admin/mailboxes", { name: "Two", local: "two-of-3" }).expect(409);
    await browser.post(`/admin/subscription/plans/${larger.id}`, await yes(browser, larger.id)).expect(303);
    await browser.post("/admin/mailboxes", { name: "Two", local: "two-of-3" }).expect(303);

    const page = await browser.get("/admin/subscription").expect(200);
    expect(page.text).toContain(`Your plan: ${larger.name}`);
    expect(page.text).toContain(`“${first.name}” includes 1 mailbox. Archive 1 mailbox first.`);
    const wanted = await yes(browser, first.id);
    const refused = await browser.post(`/admin/subscription/plans/${first.id}`, wanted).expect(409);
    expect(refused.text).toContain("Archive 1 mailbox first");
    expect(refused.text).toContain('href="/admin/mailboxes"');
    const [box] = await inUse(account);
    await db.update(mailboxes).set({ archivedAt: new Date() }).where(eq(mailboxes.id, box!.id));
    await browser.post(`/admin/subscription/plans/${first.id}`, wanted).expect(303);

    await runJobs();
    expect(told.map(({ from, to, by }) => [from.name, to.name, by!.email])).toEqual([
      [first.name, larger.name, user.email],
      [larger.name, first.name, user.email],
    ]);
    const changes = await changesOf(account.id);
    expect(changes.filter((name) => name.startsWith("subscription"))).toHaveLength(2);
  });

  test("M28 what the provider declines, and what cannot be asked, changes nothing and is said", async () => {
    const { account, browser } = await owner();
    const larger = await plan(3);
    const fields = await yes(browser, larger.id);
    usePayment({ ask: async () => ({ agreed: false, because: "The card has expired." }), tell: async () => {} });
    const declined = await browser.post(`/admin/subscription/plans/${larger.id}`, fields).expect(409);
    expect(declined.text).toContain("The card has expired.");
    usePayment({ ask: async () => Promise.reject(new Error("secret detail")), tell: async () => {} });
    const down = await browser.post(`/admin/subscription/plans/${larger.id}`, fields).expect(409);
    expect(down.text).toContain("could not be arranged");
    expect(down.text).not.toContain("secret detail");
    expect(await changesOf(account.id)).toEqual([]);
    usePayment({ ask: async () => ({ agreed: true }), tell: async () => {} });
  });

  test("T56 M28 a plan that became another one, or an account that did, is looked at again; a retired plan is not to be had", async () => {
    const { account, browser } = await owner();
    const larger = await plan(3);
    const fields = await yes(browser, larger.id);
    await db.update(plans).set({ price: "€ 400", version: 2 }).where(eq(plans.id, larger.id));
    const stale = await browser.post(`/admin/subscription/plans/${larger.id}`, fields).expect(409);
    expect(stale.text).toContain("€ 400");
    await limit(account, 7);
    await browser.post(`/admin/subscription/plans/${larger.id}`, { ...fields, version: "2" }).expect(409);
    const again = await yes(browser, larger.id);
    await db.update(plans).set({ endedAt: new Date() }).where(eq(plans.id, larger.id));
    await browser.post(`/admin/subscription/plans/${larger.id}`, again).expect(409);
    await browser.post(`/admin/subscription/plans/${crypto.randomUUID()}`, again).expect(404);
    expect(await changesOf(account.id)).toEqual([]);
  });

  test("M28 of a smaller plan and mailboxes that are added at once one waits for the other: never more than the plan", async () => {
    const { account, browser } = await owner();
    await limit(account, null);
    await create.mailbox(account);
    const smaller = await plan(2);
    const fields = await yes(browser, smaller.id);
    await Promise.all([
      ...Array.from({ length: 4 }, (_, n) => browser.post("/admin/mailboxes", { name: "At once", local: `down-${n}` })),
      browser.post(`/admin/subscription/plans/${smaller.id}`, fields),
    ]);
    const [now] = await db.select().from(accounts).where(eq(accounts.id, account.id));
    const count = (await inUse(account)).length;
    if (now!.planId === smaller.id) expect(count).toBeLessThanOrEqual(2);
    else expect(count).toBeGreaterThan(2);
  });
});

describe("the plans of the instance", () => {
  async function operator() {
    const visitor = await owner();
    await db.update(users).set({ instanceAdmin: true }).where(eq(users.id, visitor.user.id));
    return visitor;
  }

  test("M28 are added, edited, made the default and retired by an administrator of the instance", async () => {
    const { browser } = await operator();
    const fields = { name: "Studio", about: "For small teams", mailboxes: "5", price: "€ 9", position: "2" };
    await browser.post("/instance/plans", fields).expect(303);
    expect((await browser.post("/instance/plans", { ...fields, name: "STUDIO" }).expect(422)).text).toContain(
      "Another plan has this name",
    );
    for (const mailboxes of ["0", "-1", "1.5", "many", "100001"])
      await browser.post("/instance/plans", { ...fields, name: "Odd", mailboxes }).expect(422);
    const [studio] = await db.select().from(plans).where(eq(plans.name, "Studio"));
    expect(studio).toMatchObject({ mailboxes: 5, isDefault: false, position: 2 });
    const at = `/instance/plans/${studio!.id}`;
    await browser.post(at, { ...fields, mailboxes: "", version: "1" }).expect(303);
    await browser.post(at, { ...fields, version: "1" }).expect(409);

    const [before] = await db.select().from(plans).where(eq(plans.isDefault, true));
    await browser.post(`${at}/default`, { version: "2" }).expect(303);
    await browser.post(`${at}/retirement`, { version: "3" }).expect(409);
    await browser.post(`/instance/plans/${before!.id}/default`, { version: String(before!.version) }).expect(303);
    await browser.post(`${at}/retirement`, { version: "3" }).expect(303);
    await browser.post(`${at}/default`, { version: "4" }).expect(409);
    const list = await browser.get("/instance/plans").expect(200);
    expect(list.text).toContain("Retired");
    const written = await db
      .select({ name: events.name })
      .from(events)
      .where(eq(events.subjectId, studio!.id))
      .orderBy(events.id);
    expect(written.map(({ name }) => name)).toEqual(["plan.created", "plan.changed", "plan.changed", "plan.retired"]);
  });

  test("are nobody else’s, whatever they hold in their account", async () => {
    const { browser } = await owner();
    const { id } = await plan(3);
    for (const path of ["", "/new", `/${id}`, `/${id}/default`, `/${id}/retirement`])
      await browser.get(`/instance/plans${path}`).expect(403);
    await browser.post("/instance/plans", { name: "Mine" }).expect(403);
  });
});
