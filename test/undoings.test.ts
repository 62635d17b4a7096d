import "./support/outbox.ts";
import { and, eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { activationRuns, domains, grants, mailboxes, mails, members, users } from "../src/db/schema.ts";
import { releaseMails } from "../src/mail/held.ts";
import { workOn } from "../src/runs/work.ts";
import { admin, type Browser, browserOf } from "./support/browser.ts";
import { attribute } from "./support/forms.ts";
import { inbox, mailsTo, runJobs } from "./support/outbox.ts";
import { type Account, changesOf, create, type Domain, grantsOf, type User } from "./support/world.ts";

let counter = 0;

/** An account whose domain was activated through its page, with these people taken in. */
async function activated(locals: string[], { personalMailboxes = true, delivered = true } = {}) {
  const visitor = await admin("owner");
  await db.execute(sql`update accounts set personal_mailboxes = ${personalMailboxes} where id = ${visitor.account.id}`);
  const name = `undo${++counter}.example`;
  const domain = await create.domain(visitor.account, { name, status: "verified", verifiedAt: new Date() });
  const people: User[] = [];
  for (const local of locals) {
    const user = await create.user({ email: `${local}@${name}` });
    const own = await create.account({ kind: "personal" });
    await create.grant(await create.member(own, user), { systemRole: "owner" });
    people.push(user);
  }
  await db.execute(sql`update mails set held = false where held`);
  await activate(visitor.browser, domain);
  await runJobs();
  if (delivered) await deliverHeld();
  inbox.mails.length = 0;
  return { ...visitor, domain, name, people };
}

async function activate(browser: Browser, domain: Domain) {
  const { text } = await browser.get(`/admin/domains/${domain.id}/activation`).expect(200);
  const plan = attribute(text.match(/<input[^>]*name="plan"[^>]*>/)![0], "value")!;
  await browser.post(`/admin/domains/${domain.id}/activation`, { plan, confirmation: domain.name }).expect(303);
}

async function deliverHeld() {
  await releaseMails();
  await db.execute(sql`update graphile_worker._private_jobs set run_at = now()`);
  await runJobs();
}

const undo = (browser: Browser, domain: Domain) => browser.post(`/admin/domains/${domain.id}/undo`);
const userNow = async ({ id }: User) => (await db.select().from(users).where(eq(users.id, id)))[0]!;
const domainNow = async ({ id }: Domain) => (await db.select().from(domains).where(eq(domains.id, id)))[0]!;
const placeOf = async (account: Account, user: User) =>
  (
    await db
      .select()
      .from(members)
      .where(and(eq(members.accountId, account.id), eq(members.userId, user.id)))
  )[0]!;
const boxOf = async (user: User) => (await db.select().from(mailboxes).where(eq(mailboxes.address, user.email)))[0]!;
const runsOf = ({ id }: Domain) =>
  db.select().from(activationRuns).where(eq(activationRuns.domainId, id)).orderBy(activationRuns.startedAt);
const elsewhere = async (account: Account) =>
  (
    await db.execute<{ row: string }>(
      sql`select g::text as row from grants g where account_id <> ${account.id} order by id`,
    )
  ).map(({ row }) => row);

describe("undoing an activation", () => {
  test("X2 T27 reverses the membership, the mark and the unused mailboxes; the domain is verified, and free again", async () => {
    const { account, browser, domain, people } = await activated(["one", "two"]);
    const before = await elsewhere(account);
    const page = (await browser.get(`/admin/domains/${domain.id}/undo`).expect(200)).text;
    expect(page).toContain("Nothing: nobody was given anything yet.");
    await undo(browser, domain).expect(303);
    expect(await domainNow(domain)).toMatchObject({ status: "verified", activatedAt: null, deactivatedAt: null });
    await runJobs();

    for (const person of people) {
      expect(await userNow(person)).toEqual(person);
      expect(await placeOf(account, person)).toMatchObject({ status: "removed", corporate: false });
      expect(await boxOf(person)).toMatchObject({ archivedAt: expect.any(Date) });
      expect(await grantsOf((await placeOf(account, person)).id)).toEqual([]);
    }
    expect(await elsewhere(account)).toEqual(before);
    expect((await runsOf(domain)).map(({ kind, status, result }) => ({ kind, status, people: result.people }))).toEqual(
      [
        { kind: "activation", status: "done", people: undefined },
        { kind: "undo", status: "done", people: 2 },
      ],
    );
    expect((await changesOf(account.id)).slice(-4)).toEqual([
      "domain.activation_reverted",
      "user.unassigned",
      "user.unassigned",
      "domain.people_released",
    ]);
    await deliverHeld();
    for (const person of people) {
      expect(mailsTo(person.email).map(({ subject }) => subject)).toEqual(["Your profile is your own again"]);
    }
    // They are their own masters again.
    const own = await browserOf(people[0]!);
    await own.post("/accounts", { name: "Mine" }).expect(303);
  });

  test("X2 what was made since stays, and is listed first", async () => {
    const { account, browser, domain, people, name } = await activated(["granted", "boxed", "plain", "default"]);
    const [granted, boxed, plain, usual] = people as [User, User, User, User];
    await create.grant(await placeOf(account, granted), { systemRole: "viewer" });
    const colleague = await create.colleague(account);
    await create.grant(colleague.member, { systemRole: "mailbox_reader" }, await boxOf(boxed));
    await db
      .update(users)
      .set({ defaultMailboxId: (await boxOf(usual)).id })
      .where(eq(users.id, usual.id));
    const later = await create.user({
      email: `later@${name}`,
      corporateAccountId: account.id,
      corporateSince: new Date(),
    });
    await create.member(account, later, { corporate: true });

    const page = (await browser.get(`/admin/domains/${domain.id}/undo`).expect(200)).text;
    expect(page.indexOf("What was made since, and stays")).toBeLessThan(page.indexOf("What is undone"));
    expect(page).toContain("3 users hold something by now");
    expect(page).toContain("2 personal mailboxes are used");
    expect(page).toContain("1 person registered or were created since");
    for (const person of [granted, boxed, usual]) expect(page).toContain(person.email);
    await undo(browser, domain).expect(303);
    await runJobs();

    await deliverHeld();
    expect(mailsTo(granted.email).at(-1)!.text).toContain(`You stay in ${account.name} with what you hold there.`);
    expect(mailsTo(plain.email).at(-1)!.text).toContain(`You are not in ${account.name} any more.`);
    for (const person of [granted, boxed, usual]) {
      expect(await userNow(person)).toMatchObject({ corporateAccountId: null, corporateRunId: null });
      expect(await placeOf(account, person)).toMatchObject({ status: "active", corporate: false });
    }
    expect(await grantsOf((await placeOf(account, granted)).id)).toEqual(["viewer"]);
    expect(await boxOf(granted)).toMatchObject({ archivedAt: expect.any(Date) });
    expect(await boxOf(boxed)).toMatchObject({ archivedAt: null });
    expect(await grantsOf((await placeOf(account, boxed)).id)).toEqual([`mailbox_owner@${(await boxOf(boxed)).id}`]);
    expect(await placeOf(account, plain)).toMatchObject({ status: "removed" });
    expect(await userNow(later)).toMatchObject({ corporateAccountId: account.id });
    expect((await runsOf(domain)).at(-1)).toMatchObject({
      plan: { people: 4, places: 1, staying: 3, mailboxes: 2, used: 2, since: 1 },
      result: { people: 4, places: 1, staying: 3, mailboxes: 2 },
    });
  });

  test("X2 a place that was there before stays with its rights, as an ordinary one; an open invitation stays one", async () => {
    const { account, browser, domain, people } = await activated([]);
    expect(people).toEqual([]);
    const name = `kept${counter}.example`;
    const second = await create.domain(account, { name, status: "verified", verifiedAt: new Date() });
    const [member, invited] = [await create.user({ email: `m@${name}` }), await create.user({ email: `i@${name}` })];
    const place = await create.member(account, member);
    await create.grant(place, { systemRole: "viewer" });
    const invitation = await create.member(account, null, { email: invited.email });
    await activate(browser, second);
    await runJobs();
    await undo(browser, second).expect(303);
    await runJobs();
    expect(await placeOf(account, member)).toMatchObject({ id: place.id, status: "active", corporate: false });
    expect(await grantsOf(place.id)).toEqual(["viewer"]);
    expect(await placeOf(account, invited)).toMatchObject({ id: invitation.id, status: "invited", corporate: false });
    expect((await userNow(member)).corporateAccountId).toBeNull();
    expect(domain.id).not.toBe(second.id);
  });

  test("X2 can be done for 72 hours, once, by who may activate", async () => {
    const { account, browser, domain } = await activated(["one"]);
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    await viewer.get(`/admin/domains/${domain.id}/undo`).expect(403);
    await viewer.post(`/admin/domains/${domain.id}/undo`).expect(403);
    const neighbour = await admin("owner");
    await neighbour.browser.post(`/admin/domains/${domain.id}/undo`).expect(404);

    const shift = (by: string) =>
      db.execute(
        sql`update activation_runs set started_at = started_at - ${by}::interval where domain_id = ${domain.id}`,
      );
    await shift("73 hours");
    await browser.get(`/admin/domains/${domain.id}/undo`).expect(409);
    await undo(browser, domain).expect(409);
    await shift("-2 hours");
    await undo(browser, domain).expect(303);
    await undo(browser, domain).expect(409);
    expect((await runsOf(domain)).map(({ kind }) => kind)).toEqual(["activation", "undo"]);
  });

  test("X2 while the activation is under way ends it where it is, and lets go whom it had taken in", async () => {
    const { account, browser, domain, people } = await activated(["one"]);
    await db.update(activationRuns).set({ status: "running" }).where(eq(activationRuns.domainId, domain.id));
    const [run] = await runsOf(domain);
    await undo(browser, domain).expect(303);
    await workOn(run!.id);
    await runJobs();
    expect((await runsOf(domain)).map(({ status }) => status)).toEqual(["ended", "done"]);
    expect((await userNow(people[0]!)).corporateAccountId).toBeNull();
    expect(await placeOf(account, people[0]!)).toMatchObject({ status: "removed" });
  });

  test("X2 a letter that still waits is not sent, and nobody is told of an undoing who was not told of the activation", async () => {
    const { browser, domain, people } = await activated(["one"], { delivered: false });
    await undo(browser, domain).expect(303);
    await runJobs();
    await deliverHeld();
    expect(mailsTo(people[0]!.email)).toEqual([]);
    const [mail] = await db.select().from(mails).where(eq(mails.subjectId, people[0]!.id));
    expect(mail).toMatchObject({ kind: "taken_in", status: "failed", held: false });
  });

  test("X2 activated anew, it takes them in again: a new place, the same mailbox; an earlier activation's closing comes back", async () => {
    const { account, browser, domain, people } = await activated(["one"]);
    const box = await boxOf(people[0]!);
    await undo(browser, domain).expect(303);
    expect((await browser.get(`/admin/domains/${domain.id}/run`)).text).toContain("Letting people go");
    const early = await browser.get(`/admin/domains/${domain.id}/activation`).expect(200);
    const plan = attribute(early.text.match(/<input[^>]*name="plan"[^>]*>/)![0], "value")!;
    await browser.post(`/admin/domains/${domain.id}/activation`, { plan, confirmation: domain.name }).expect(409);
    await runJobs();

    await activate(browser, await domainNow(domain));
    await runJobs();
    expect(await userNow(people[0]!)).toMatchObject({ corporateAccountId: account.id });
    expect(await boxOf(people[0]!)).toMatchObject({ id: box.id, archivedAt: null });
    const places = await db
      .select()
      .from(members)
      .where(and(eq(members.accountId, account.id), eq(members.userId, people[0]!.id)));
    expect(places.map(({ status }) => status).sort()).toEqual(["active", "removed"]);
    const live = places.find(({ status }) => status === "active")!;
    expect(await grantsOf(live.id)).toEqual([`mailbox_owner@${box.id}`]);

    // Deactivated, activated a third time, undone: it is closed as it was before that.
    await db.update(domains).set({ status: "verified", deactivatedAt: new Date() }).where(eq(domains.id, domain.id));
    await activate(browser, await domainNow(domain));
    await undo(browser, domain).expect(303);
    expect(await domainNow(domain)).toMatchObject({
      status: "verified",
      activatedAt: expect.any(Date),
      deactivatedAt: expect.any(Date),
    });
  });

  test("X2 an earlier activation is offered for undoing once the later one is undone, and not before that is over", async () => {
    const { browser, domain, people } = await activated(["one"]);
    await db.update(domains).set({ status: "verified", deactivatedAt: new Date() }).where(eq(domains.id, domain.id));
    await activate(browser, await domainNow(domain));
    await runJobs();
    const at = `/admin/domains/${domain.id}`;
    expect((await browser.get(at)).text).toContain("Nobody was taken in on");
    await undo(browser, domain).expect(303);
    expect((await browser.get(at)).text).not.toContain(`${at}/undo`);
    await undo(browser, domain).expect(409);
    await runJobs();
    expect((await userNow(people[0]!)).corporateAccountId).not.toBeNull();

    for (const path of [at, `${at}/run`])
      expect((await browser.get(path)).text).toMatch(new RegExp(`href="${at}/undo">.*Undo an earlier activation`));
    expect((await browser.get(`${at}/undo`)).text).toContain("This is about the activation of");
    await undo(browser, domain).expect(303);
    await runJobs();
    expect((await userNow(people[0]!)).corporateAccountId).toBeNull();
    expect((await browser.get(at)).text).not.toContain(`${at}/undo`);
    await undo(browser, domain).expect(409);
  });

  test("who was let go cannot be restored without being asked: they are invited again", async () => {
    const { account, browser, domain, people } = await activated(["one"]);
    await undo(browser, domain).expect(303);
    await runJobs();
    const place = await placeOf(account, people[0]!);
    const answer = await browser.post(`/admin/users/${place.id}/restore`).expect(409);
    expect(answer.text).toContain("was undone");
    expect(await placeOf(account, people[0]!)).toMatchObject({ status: "removed" });
  });

  test("X2 whom the account had deleted meanwhile signs in again: the profile was switched off with the place (D13)", async () => {
    const { account, browser, domain, people } = await activated(["one"]);
    const place = await placeOf(account, people[0]!);
    await browser.post(`/admin/users/${place.id}/removal`).expect(303);
    expect((await userNow(people[0]!)).disabledAt).not.toBeNull();
    await undo(browser, domain).expect(303);
    await runJobs();
    expect(await userNow(people[0]!)).toMatchObject({ corporateAccountId: null, disabledAt: null });
    await (await browserOf(people[0]!)).get("/profile").expect(200);
    await browser.post(`/admin/users/${place.id}/restore`).expect(409);
  });

  test("R3 done twice at once lets everybody go once", async () => {
    const { account, browser, domain } = await activated(Array.from({ length: 20 }, (_, n) => `p${n}`));
    await undo(browser, domain).expect(303);
    const run = (await runsOf(domain)).at(-1)!;
    await Promise.all([workOn(run.id), workOn(run.id), workOn(run.id)]);
    await runJobs();
    expect((await runsOf(domain)).at(-1)).toMatchObject({
      status: "done",
      done: 20,
      result: { people: 20, places: 20 },
    });
    expect((await changesOf(account.id)).filter((event) => event === "user.unassigned")).toHaveLength(20);
    const told = await db
      .select()
      .from(mails)
      .where(and(eq(mails.accountId, account.id), eq(mails.kind, "let_go")));
    expect(told).toHaveLength(20);
    const open = await db.execute(
      sql`select 1 from ${grants} where account_id = ${account.id} and source = 'activation' and ended_at is null`,
    );
    expect(open).toHaveLength(0);
  });
});
