import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts, domains, members, users } from "../src/db/schema.ts";
import { enqueue } from "../src/queue.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { changesOf, create, grantsOf, password, reloadMember } from "./support/world.ts";

let counter = 0;
const account = async (id: string) => (await db.select().from(accounts).where(eq(accounts.id, id)))[0]!;
const user = async (id: string) => (await db.select().from(users).where(eq(users.id, id)))[0]!;
const past = (days: number) => sql`now() - make_interval(days => ${days}::int)`;

/** An owner of an account with an active domain, and a corporate user of it. */
async function company() {
  const home = await admin("owner");
  const name = `gone${++counter}.test`;
  const domain = await create.domain(home.account, {
    name,
    status: "active",
    verifiedAt: new Date(),
    activatedAt: new Date(),
  });
  const person = await create.user({ email: `ana@${name}`, corporateAccountId: home.account.id });
  const place = await create.member(home.account, person, { corporate: true });
  await create.grant(place, { systemRole: "viewer" });
  return { ...home, name, domain, person, place };
}

/** Opens the link of the newest mail to the address and presses its button, with the person's password or another one. */
async function follow(address: string, confirmation: string = password) {
  await runJobs();
  const browser = new Browser();
  const link = linkIn(mailTo(address));
  const csrf = (await browser.get(link).expect(200)).text.match(/name="_csrf" value="([^"]+)"/)![1]!;
  return browser.post(link, { _csrf: csrf, confirmation });
}

describe("deleting an account", () => {
  test("A42 A43 ends every access to it and to its mailboxes, and closes its domains", async () => {
    const { account: home, user: owner, browser, domain, person, place, name } = await company();
    const box = await create.mailbox(home);
    await create.grant(place, { systemRole: "mailbox_reader" }, box);
    const theirs = await browserOf(person, home);
    await theirs.get("/admin/users").expect(200);

    const page = (await browser.get("/admin/settings/deletion").expect(200)).text;
    expect(page).toContain(person.email);
    expect(page).toContain("What happens to each corporate user");
    await browser.post("/admin/settings/deletion", { name: "something else" }).expect(422);
    expect((await account(home.id)).deletedAt).toBeNull();
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(303);

    expect((await account(home.id)).deletedAt).not.toBeNull();
    await runJobs();
    expect(mailTo(owner.email)).toMatchObject({
      subject: `${home.name} is deleted`,
      text: expect.stringContaining("As an Owner you can restore the account for 30 days"),
    });
    expect(mailsTo(person.email).filter(({ subject }) => subject.includes("is deleted"))).toEqual([]);
    await theirs.get("/admin/users").expect(403);
    await theirs.get(`/admin/mailboxes/${box.id}`).expect(403);
    await browser.get("/admin/users").expect(403);
    const [closed] = await db.select().from(domains).where(eq(domains.id, domain.id));
    expect(closed).toMatchObject({ status: "verified", name });
    expect(closed?.deactivatedAt).not.toBeNull();
    expect(await changesOf(home.id)).toEqual(["account.deleted"]);
  });

  test("T30 A44 A45 A46 leaves its corporate users corporate: no account of their own, no deletion of the profile", async () => {
    const { account: home, browser, person } = await company();
    const theirs = await browserOf(person, home);
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(303);
    await theirs.post("/accounts", { name: "Own" }).expect(403);
    for (const path of ["/profile/deletion", "/accounts"]) {
      const page = (await theirs.get(path).expect(200)).text;
      expect(page).toContain("which manages your profile, was deleted.");
      expect(page).toContain('href="/profile/release"');
      expect(page).not.toContain("Ask one of its administrators");
    }
    await theirs.post("/profile/deletion", { email: person.email, confirmation: password }).expect(403);
    expect(await user(person.id)).toMatchObject({ corporateAccountId: home.id, disabledAt: null });
    expect((await theirs.get("/profile").expect(200)).text).toContain("/profile/release");
  });

  test("is taken back within 30 days by an owner, and everybody has what they had", async () => {
    const { account: home, browser, place } = await company();
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(303);
    expect((await browser.get("/accounts").expect(200)).text).toContain(`/accounts/${home.id}/restore`);
    await browser.post(`/accounts/${home.id}/restore`).expect(303);
    expect((await account(home.id)).deletedAt).toBeNull();
    await browser.get("/admin/users").expect(200);
    expect(await grantsOf(place.id)).toEqual(["viewer"]);
    expect(await changesOf(home.id)).toEqual(["account.deleted", "account.restored"]);
  });

  test("X9 a domain whose record was missing does not open by itself when the account is back", async () => {
    const { account: home, browser, domain } = await company();
    const suspended = { status: "suspended", statusBefore: "active", suspendedAt: new Date() } as const;
    await db.update(domains).set(suspended).where(eq(domains.id, domain.id));
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(303);
    await browser.post(`/accounts/${home.id}/restore`).expect(303);
    const [now] = await db.select().from(domains).where(eq(domains.id, domain.id));
    expect(now).toMatchObject({ status: "suspended", statusBefore: "verified" });
  });

  test("is final after 30 days, and never taken back by who is no owner", async () => {
    const { account: home, browser, person } = await company();
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(303);
    const theirs = await browserOf(person);
    await theirs.post(`/accounts/${home.id}/restore`).expect(404);
    await db
      .update(accounts)
      .set({ deletedAt: past(31) })
      .where(eq(accounts.id, home.id));
    await browser.post(`/accounts/${home.id}/restore`).expect(404);
    expect((await browser.get("/accounts")).text).not.toContain(`/accounts/${home.id}/restore`);
  });

  test("is for owners only", async () => {
    const { account: home, browser } = await admin("admin");
    expect((await browser.get("/admin/settings").expect(200)).text).not.toContain("/admin/settings/deletion");
    await browser.get("/admin/settings/deletion").expect(403);
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(403);
    await new Browser().get("/admin/settings/deletion").expect(303);
    expect((await account(home.id)).deletedAt).toBeNull();
  });
});

describe("releasing", () => {
  test("X2 a corporate user to a proven private address: the profile is theirs, every right stays", async () => {
    const { account: home, browser, person, place } = await company();
    const other = await create.account();
    const elsewhere = await create.member(other, person);
    await create.grant(elsewhere, { systemRole: "admin" });
    const theirs = await browserOf(person, home);
    await browser.get(`/admin/users/${place.id}/release`).expect(200);
    await browser.post(`/admin/users/${place.id}/release`, { email: "ana.private@home.test" }).expect(303);

    expect(await user(person.id)).toMatchObject({ email: person.email, corporateAccountId: home.id });
    await runJobs();
    expect(mailTo(person.email).text).toContain("ana.private@home.test");
    await (await follow("ana.private@home.test")).statusCode;
    expect(await user(person.id)).toMatchObject({ email: "ana.private@home.test", corporateAccountId: null });
    expect(await reloadMember(place.id)).toMatchObject({
      corporate: false,
      status: "active",
      email: "ana.private@home.test",
    });
    expect(await grantsOf(place.id)).toEqual(["viewer"]);
    expect(await grantsOf(elsewhere.id)).toEqual(["admin"]);
    await theirs.get("/profile").expect(303);
    const free = new Browser();
    await free.signIn("ana.private@home.test");
    await free.post("/accounts", { name: "My own now" }).expect(303);
  });

  test("T54 X2 is confirmed by the person's own password: an administrator's own address takes nobody over", async () => {
    const { browser, person, place } = await company();
    const other = await create.account();
    await create.grant(await create.member(other, person), { systemRole: "owner" });
    await browser.post(`/admin/users/${place.id}/release`, { email: "not.ana@home.test" }).expect(303);
    for (const guess of ["", "not her password"]) {
      const page = await follow("not.ana@home.test", guess);
      expect(page.statusCode).toBe(422);
      expect(page.text).toContain("This is not your current password.");
    }
    expect(await user(person.id)).toMatchObject({ email: person.email });
    expect((await follow("not.ana@home.test")).statusCode).toBe(303);
  });

  test("T28 counts no more once another account has taken the person in", async () => {
    const { browser, domain, name, person, place } = await company();
    await browser.post(`/admin/users/${place.id}/release`, { email: "ana.late@home.test" }).expect(303);
    await browser.post(`/admin/domains/${domain.id}/removal`, { name }).expect(303);
    const next = await create.account();
    await db
      .update(users)
      .set({ corporateAccountId: next.id, corporateSince: sql`now()` })
      .where(eq(users.id, person.id));
    expect((await follow("ana.late@home.test")).statusCode).toBe(409);
    expect(await user(person.id)).toMatchObject({ email: person.email, corporateAccountId: next.id });
  });

  test("X2 not to an address in anybody's domain, nor to one that is taken, and never by a foreign administrator", async () => {
    const { browser, place, name, person } = await company();
    const other = await company();
    for (const email of [`new@${name}`, `new@${other.name}`, "nonsense", person.email]) {
      await browser.post(`/admin/users/${place.id}/release`, { email }).expect(422);
    }
    const taken = await create.user();
    await browser.post(`/admin/users/${place.id}/release`, { email: taken.email }).expect(303);
    await runJobs();
    expect((await follow(taken.email)).statusCode).toBe(409);
    expect((await user(person.id)).email).toBe(person.email);
    await other.browser.post(`/admin/users/${place.id}/release`, { email: "x@home.test" }).expect(404);
    const { member } = await create.colleague(other.account, ["viewer"]);
    await other.browser.get(`/admin/users/${member.id}/release`).expect(404);
    await other.browser.post(`/admin/users/${member.id}/release`, { email: "x@home.test" }).expect(409);
  });

  test("X2 oneself, once the deleted account cannot be restored any more, and not before", async () => {
    const { account: home, browser, person } = await company();
    const theirs = await browserOf(person);
    await theirs.get("/profile/release").expect(404);
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(303);
    const typed = { email: "ana.free@home.test", confirmation: password };
    expect((await theirs.get("/profile/release").expect(200)).text).toContain("can still be restored");
    await theirs.post("/profile/release", typed).expect(403);

    await db
      .update(accounts)
      .set({ deletedAt: past(31) })
      .where(eq(accounts.id, home.id));
    await theirs.post("/profile/release", { ...typed, confirmation: "not my password" }).expect(422);
    await theirs.post("/profile/release", typed).expect(303);
    expect((await follow(typed.email)).statusCode).toBe(303);
    expect(await user(person.id)).toMatchObject({ email: typed.email, corporateAccountId: null });
    const free = new Browser();
    await free.signIn(typed.email);
    await free.post("/accounts", { name: "Free at last" }).expect(303);
  });

  test("X2 D13 who was deleted before the account was gets the profile back when nobody can restore it any more", async () => {
    const { account: home, browser, person, place } = await company();
    await browser.post(`/admin/users/${place.id}/removal`).expect(303);
    await browser.post(`/admin/users/${place.id}/release`, { email: "ana.gone@home.test" }).expect(409);
    await browser.post("/admin/settings/deletion", { name: home.name }).expect(303);
    const sweep = async (days: number) => {
      await db
        .update(accounts)
        .set({ deletedAt: past(days) })
        .where(eq(accounts.id, home.id));
      await db.transaction((tx) => enqueue(tx, "sweep_leftovers", {}));
      await runJobs();
    };
    await sweep(29);
    expect((await user(person.id)).disabledAt).not.toBeNull();
    await sweep(31);
    const theirs = await browserOf(person);
    await theirs.post("/profile/release", { email: "ana.back@home.test", confirmation: password }).expect(303);
  });

  test("is not for viewers", async () => {
    const { account: home, place } = await company();
    const { user: other } = await create.colleague(home, ["viewer"]);
    const viewer = await browserOf(other, home);
    await viewer.get(`/admin/users/${place.id}/release`).expect(403);
    await viewer.post(`/admin/users/${place.id}/release`, { email: "x@home.test" }).expect(403);
  });
});

describe("deleting one's own profile", () => {
  test("leaves every account, deletes those of theirs alone, and frees the address", async () => {
    const person = await create.user({ email: `leaver${++counter}@home.test` });
    const own = await create.account({ kind: "personal" });
    await create.grant(await create.member(own, person), { systemRole: "owner" });
    const host = await admin("owner");
    const place = await create.member(host.account, person);
    await create.grant(place, { systemRole: "viewer" });
    const browser = await browserOf(person);
    const second = await browserOf(person);

    expect((await browser.get("/profile/deletion").expect(200)).text).toContain(own.name);
    await browser.post("/profile/deletion", { email: "other@home.test", confirmation: password }).expect(422);
    await browser.post("/profile/deletion", { email: person.email, confirmation: "wrong password" }).expect(422);
    expect((await user(person.id)).disabledAt).toBeNull();
    await browser.post("/profile/deletion", { email: person.email, confirmation: password }).expect(303);
    expect((await browser.get("/sign-in").expect(200)).text).toContain("Your profile is deleted.");

    expect(await user(person.id)).toMatchObject({ firstName: "", lastName: "", passwordHash: null });
    expect((await user(person.id)).email).not.toBe(person.email);
    expect((await account(own.id)).deletedAt).not.toBeNull();
    expect(await reloadMember(place.id)).toMatchObject({ status: "removed" });
    expect(await grantsOf(place.id)).toEqual([]);
    await second.get("/profile").expect(303);
    await new Browser().post("/sign-in", { email: person.email, password }).expect(422);
  });

  test("T95 is in the log of each account, and nobody brings the place back without them", async () => {
    const person = await create.user({ email: `leaver${++counter}@home.test` });
    const host = await admin("owner");
    const place = await create.member(host.account, person);
    await create.grant(place, { systemRole: "viewer" });
    const browser = await browserOf(person);
    await browser.post("/profile/deletion", { email: person.email, confirmation: password }).expect(303);
    expect(await changesOf(host.account.id)).toContain("member.left");
    await host.browser.post(`/admin/users/${place.id}/restore`).expect(409);
    expect(await reloadMember(place.id)).toMatchObject({ status: "removed" });
  });

  test("T55 is refused to the last administrator of the installation", async () => {
    const [first, second] = [await create.user({ instanceAdmin: true }), await create.user({ instanceAdmin: true })];
    const go = async (who: typeof first) =>
      (await (await browserOf(who)).post("/profile/deletion", { email: who.email, confirmation: password })).status;
    const done = await Promise.all([go(first), go(second)]);
    expect(done.toSorted()).toEqual([303, 409]);
    const left = await db.select().from(users).where(eq(users.instanceAdmin, true));
    expect(left).toMatchObject([{ disabledAt: null }]);
  });

  test("D9 is refused to the last owner of an account with others in it", async () => {
    const { account: home, user: owner, browser } = await admin("owner");
    await create.colleague(home, ["viewer"]);
    const page = await browser.post("/profile/deletion", { email: owner.email, confirmation: password }).expect(409);
    expect(page.text).toContain("last Owner");
    expect((await user(owner.id)).disabledAt).toBeNull();
    expect(await db.select().from(members).where(eq(members.userId, owner.id))).toMatchObject([{ status: "active" }]);
  });

  test("T55 two owners who delete themselves at once leave one", async () => {
    for (let round = 0; round < 5; round++) {
      const { account: home, user: first, browser } = await admin("owner");
      const { user: second } = await create.colleague(home, ["owner"]);
      await create.colleague(home, ["viewer"]);
      const other = await browserOf(second, home);
      const go = (who: Browser, email: string) =>
        who.post("/profile/deletion", { email, confirmation: password }).then(({ status }) => status);
      const done = await Promise.all([go(browser, first.email), go(other, second.email)]);
      expect(done.toSorted()).toEqual([303, 409]);
    }
  });
});
