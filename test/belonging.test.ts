import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { issueToken, secretOf } from "../src/access/tokens.ts";
import { domainRule } from "../src/belonging/rule.ts";
import { db } from "../src/db/client.ts";
import { accounts, domains, events, mailboxes, members, users } from "../src/db/schema.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { draft, invite, mailedLink, postFrom, profile } from "./support/invites.ts";
import { linkIn, mailsTo, runJobs } from "./support/outbox.ts";
import { type Account, create, eventsOf, grantsOf, password, reloadMember } from "./support/world.ts";

let counter = 0;
const fresh = () => `corp${++counter}.example`;

/** A company with a domain in this state; its name is the domain's. */
async function company(status: "verified" | "active" | "suspended" | "deactivated" | "unverified", more = {}) {
  const name = fresh();
  const account = await create.account({ name: `Company of ${name}`, ...more });
  const domain = await create.domain(account, {
    name,
    status: status === "deactivated" ? "verified" : status,
    activatedAt: status === "verified" ? null : new Date(),
  });
  return { account, domain, name };
}

const userOf = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];
const placesOf = async (userId: string) => db.select().from(members).where(eq(members.userId, userId));
const accountsNow = async () => (await db.select({ id: accounts.id }).from(accounts)).length;

async function linkFor(email: string): Promise<string> {
  await new Browser().post("/register", { email }).expect(200);
  await runJobs();
  return linkIn(mailsTo(email).find(({ subject }) => subject.startsWith("Confirm"))!);
}

/** Registers on the plain page, as anybody may. */
async function register(email: string) {
  const browser = new Browser();
  await browser.post(await linkFor(email), profile).expect(303);
  return { browser, user: (await userOf(email))! };
}

describe("registering with an address of an active domain", () => {
  test("A32 A36 A37 A45 T18 makes a corporate user at once, without a right and without an account of their own", async () => {
    const { account, name } = await company("active");
    const before = await accountsNow();
    const link = await linkFor(`ana@${name}`);
    expect((await new Browser().get(link).expect(200)).text).toContain(`${name} belongs to ${account.name}`);
    const browser = new Browser();
    await browser.post(link, profile).expect(303);
    expect((await browser.get("/profile").expect(200)).text).toContain(
      `You are in ${account.name} now; its administrators`,
    );

    const user = (await userOf(`ana@${name}`))!;
    expect(user).toMatchObject({ corporateAccountId: account.id, lastAccountId: account.id, defaultMailboxId: null });
    expect(user.corporateSince).not.toBeNull();
    const [place, ...others] = await placesOf(user.id);
    expect(others).toEqual([]);
    expect(place).toMatchObject({ accountId: account.id, status: "active", corporate: true, email: user.email });
    expect(await grantsOf(place!.id)).toEqual([]);
    expect(await accountsNow()).toBe(before);
    expect((await eventsOf(account.id)).slice(0, 2)).toEqual(["user.assigned", "user.registered"]);
    await runJobs();
    expect(mailsTo(user.email).map(({ subject }) => subject)).toEqual(["Confirm your e-mail address"]);

    await browser.get("/admin/users").expect(403);
    await browser.post("/accounts", { name: "Mine" }).expect(403);
  });

  test("T18 the address is proven first: asking alone takes nobody in", async () => {
    const { account, name } = await company("active");
    await new Browser().post("/register", { email: `early@${name}` }).expect(200);
    expect(await userOf(`early@${name}`)).toBeUndefined();
    expect(await db.select().from(members).where(eq(members.accountId, account.id))).toEqual([]);
  });

  test("A38 gives a personal mailbox with their own address and the role that the account chose, if it wants one", async () => {
    const { account, name } = await company("active", {
      personalMailboxes: true,
      personalMailboxRole: "mailbox_editor",
    });
    const { user } = await register(`box@${name}`);
    const [box] = await db.select().from(mailboxes).where(eq(mailboxes.address, user.email));
    expect(box).toMatchObject({ accountId: account.id, personalUserId: user.id, name: "Ana Lind" });
    expect(user.defaultMailboxId).toBe(box!.id);
    expect(await grantsOf((await placesOf(user.id))[0]!.id)).toEqual([`mailbox_editor@${box!.id}`]);
  });

  test("A38 a custom role counts too; one that was deleted gives nothing, and a taken address stays where it is", async () => {
    const { account, name } = await company("active", { personalMailboxes: true });
    const role = await create.role(account, "mailbox", "Own box", ["messages.read"]);
    const set = (personalMailboxRole: string) =>
      db.update(accounts).set({ personalMailboxRole }).where(eq(accounts.id, account.id));
    await set(role.id);
    const first = await register(`one@${name}`);
    expect((await grantsOf((await placesOf(first.user.id))[0]!.id))[0]).toContain(role.id);
    await set(crypto.randomUUID());
    const second = await register(`two@${name}`);
    expect(await grantsOf((await placesOf(second.user.id))[0]!.id)).toEqual([]);
    const taken = await create.mailbox(await create.account(), { address: `three@${name}` });
    const third = await register(`three@${name}`);
    expect(third.user.defaultMailboxId).toBeNull();
    expect((await db.select().from(mailboxes).where(eq(mailboxes.id, taken.id)))[0]).toEqual(taken);
  });

  test("T24 the exact domain only: no sub-domain, no longer or shorter name", async () => {
    const { name } = await company("active");
    for (const other of [`sub.${name}`, `evil${name}`, `${name}.test`, name.slice(1)]) {
      expect(await domainRule(db, `a@${other}`)).toEqual({ kind: "free" });
    }
    expect(await domainRule(db, `a@${name}`)).toMatchObject({ kind: "open" });
    const { user } = await register(`a@sub.${name}`);
    expect(user.corporateAccountId).toBeNull();
  });

  test("D7 a claim that was never active, a deleted domain and a deleted account block nobody", async () => {
    const claimed = await company("verified");
    const ended = await company("deactivated");
    await db.update(domains).set({ endedAt: new Date() }).where(eq(domains.id, ended.domain.id));
    const gone = await company("active", { deletedAt: new Date() });
    for (const { name } of [claimed, ended, gone]) {
      expect(await domainRule(db, `a@${name}`)).toEqual({ kind: "free" });
      expect((await register(`a@${name}`)).user.corporateAccountId).toBeNull();
    }
  });
});

describe("a domain that was active once", () => {
  for (const status of ["deactivated", "suspended", "unverified"] as const) {
    test(`A41 lets nobody register while it is ${status}, with the reason, whoever asks`, async () => {
      const { account, name } = await company(status);
      await create.user({ email: `known@${name}` });
      const answer = async (email: string) => (await new Browser().post("/register", { email }).expect(422)).text;
      const [known, unknown] = [await answer(`known@${name}`), await answer(`other@${name}`)];
      expect(known).toContain(`${name} takes in nobody new`);
      expect(known).not.toContain(account.name);
      expect(known.replaceAll("known@", "@")).toBe(unknown.replaceAll("other@", "@"));
    });
  }

  test("A41 refuses a link that was mailed before, in words, and spends nothing", async () => {
    const { account, domain, name } = await company("active");
    const link = await linkFor(`late@${name}`);
    await db.update(domains).set({ status: "verified", deactivatedAt: new Date() }).where(eq(domains.id, domain.id));
    expect((await new Browser().get(link).expect(409)).text).toContain("has deactivated it");
    await new Browser().post(link, profile).expect(409);
    expect(await userOf(`late@${name}`)).toBeUndefined();
    expect(await db.select().from(members).where(eq(members.accountId, account.id))).toEqual([]);
    await db.update(domains).set({ status: "active", activatedAt: new Date() }).where(eq(domains.id, domain.id));
    await new Browser().post(link, profile).expect(303);
  });

  test("T31 deactivating while people register: each is taken in before it, or refused after it", async () => {
    const { account, domain, name } = await company("active");
    const links: string[] = [];
    for (let n = 0; n < 8; n++) links.push(await linkFor(`race${n}@${name}`));
    const answers = Promise.all(links.map((link) => new Browser().post(link, profile)));
    await new Promise((done) => setTimeout(done, 60));
    await db.update(domains).set({ status: "verified", deactivatedAt: new Date() }).where(eq(domains.id, domain.id));
    const [closed] = await db.execute<{ at: Date }>(sql`select clock_timestamp() as at`);
    const taken = (await answers).filter(({ status }) => status === 303).length;
    expect((await answers).every(({ status }) => status === 303 || status === 409)).toBe(true);
    const rows = await db
      .select()
      .from(users)
      .where(sql`email like ${`race%@${name}`}`);
    expect(rows).toHaveLength(taken);
    expect(rows.every(({ corporateAccountId }) => corporateAccountId === account.id)).toBe(true);
    const late = await db.select().from(events).where(eq(events.accountId, account.id));
    expect(late.filter(({ name: what, at }) => what === "user.assigned" && at > new Date(closed!.at))).toEqual([]);
  });

  test("T31 a deactivation waits for whoever is being taken in at that moment", async () => {
    const { domain, name } = await company("active");
    const steps: string[] = [];
    let deactivation: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await domainRule(tx, `x@${name}`, { hold: true });
      deactivation = db
        .update(domains)
        .set({ status: "verified" })
        .where(eq(domains.id, domain.id))
        .then(() => steps.push("deactivated"));
      await new Promise((done) => setTimeout(done, 200));
      steps.push("registered");
    });
    await deactivation;
    expect(steps).toEqual(["registered", "deactivated"]);
  });
});

describe("inviting somebody new", () => {
  test("D3 A28 A45 whose address is in another account's active domain: that account's user, with the invitation's rights", async () => {
    const { account: corp, name } = await company("active");
    const inviter = await admin("owner");
    const member = await draft(inviter.browser, `guest@${name}`);
    await create.grant(member, { systemRole: "viewer" });
    await inviter.browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    const link = await mailedLink(`guest@${name}`);
    const browser = new Browser();
    expect((await browser.get(link).expect(200)).text).toContain(`${name} belongs to ${corp.name}`);
    await postFrom(browser, link, `${link}/registration`, profile).then(({ status }) => expect(status).toBe(303));

    const user = (await userOf(`guest@${name}`))!;
    expect(user).toMatchObject({ corporateAccountId: corp.id });
    expect((await placesOf(user.id)).map(({ accountId }) => accountId).sort()).toEqual(
      [corp.id, inviter.account.id].sort(),
    );
    expect(await reloadMember(member.id)).toMatchObject({ status: "active", userId: user.id, corporate: false });
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
  });

  test("D3 A28 in the account's own domain: one place, corporate, with the invitation's rights", async () => {
    const inviter = await admin("owner");
    const name = fresh();
    await create.domain(inviter.account, { name, status: "active", activatedAt: new Date() });
    const member = await draft(inviter.browser, `own@${name}`);
    await create.grant(member, { systemRole: "viewer" });
    await inviter.browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    const link = await mailedLink(`own@${name}`);
    await postFrom(new Browser(), link, `${link}/registration`, profile);
    const user = (await userOf(`own@${name}`))!;
    expect((await placesOf(user.id)).map(({ id, corporate, status }) => ({ id, corporate, status }))).toEqual([
      { id: member.id, corporate: true, status: "active" },
    ]);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
  });

  test("D4 who registers on the plain page finds the invitation of their own company still to be answered, and stays when they decline", async () => {
    const inviter = await admin("owner");
    const name = fresh();
    await create.domain(inviter.account, { name, status: "active", activatedAt: new Date() });
    const member = await invite(inviter.browser, `plain@${name}`);
    await create.grant(member, { systemRole: "viewer" });
    const { browser, user } = await register(`plain@${name}`);
    expect(await reloadMember(member.id)).toMatchObject({ status: "invited", userId: user.id, corporate: true });
    await browser.post(`/profile/invites/${member.id}/decline`).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ status: "active", corporate: true, endedAt: null });
    expect(await grantsOf(member.id)).toEqual([]);
  });

  for (const status of ["deactivated", "suspended", "unverified"] as const) {
    test(`D3 T12 in a ${status} domain is refused beside the field, the same for a registered stranger`, async () => {
      const { name } = await company(status);
      const { browser } = await admin("admin");
      await create.user({ email: `known@${name}` });
      const answer = async (email: string, path = "/admin/users/new") =>
        (await browser.post(path, { email }).expect(422)).text;
      const [known, unknown] = [await answer(`known@${name}`), await answer(`other@${name}`)];
      expect(unknown).toMatch(new RegExp(`id="email-error"[^>]*>${name} takes in nobody new`));
      expect(known.replaceAll("known@", "@")).toBe(unknown.replaceAll("other@", "@"));
      expect(await answer(`third@${name}`, "/admin/users/add")).toContain("takes in nobody new");
    });
  }

  test("D3 D7 whose own domain it is, is led to it, and not to administrators who are themselves", async () => {
    const { account, name } = await company("deactivated");
    const { user } = await create.colleague(account, ["admin"]);
    const own = await browserOf(user, account);
    for (const path of ["/admin/users/new", "/admin/users/add"]) {
      const { text } = await own.post(path, { email: `new@${name}` }).expect(422);
      expect(text).toContain("What is missing stands under Domains.");
      expect(text).not.toContain("Ask its administrators");
    }
  });

  test("D3 T12 whom the account has met may be invited again: they need not register", async () => {
    const { name } = await company("deactivated");
    const { account, browser } = await admin("admin");
    const user = await create.user({ email: `met@${name}` });
    const member = await create.member(account, user);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    const again = await invite(browser, user.email);
    expect(again).toMatchObject({ id: member.id, status: "invited" });
  });

  test("D3 a draft whose domain was closed meanwhile is not sent, and says why", async () => {
    const { domain, name } = await company("active");
    const { browser } = await admin("admin");
    const member = await draft(browser, `soon@${name}`);
    await db.update(domains).set({ status: "suspended" }).where(eq(domains.id, domain.id));
    const answer = await browser.post(`/admin/users/${member.id}/invitation`).expect(409);
    expect(answer.text).toContain("takes in nobody new at the moment");
    expect(await reloadMember(member.id)).toMatchObject({ status: "draft" });
  });
});

describe("an address", () => {
  const ask = async (account: Account | undefined, email: string) => {
    const user = await create.user();
    const browser = await browserOf(user, account);
    return {
      user,
      browser,
      answer: await browser.post("/profile/security/address", { email, confirmation: password }),
    };
  };

  test("T32 nobody moves their own into an active domain of any account, nor into one that takes in nobody", async () => {
    for (const status of ["active", "deactivated", "suspended"] as const) {
      const { account, name } = await company(status);
      const { user, answer } = await ask(undefined, `boss@${name}`);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(status === "active" ? "that an organisation manages" : "takes in nobody new");
      expect(answer.text).not.toContain(account.name);
      await runJobs();
      expect(mailsTo(`boss@${name}`)).toEqual([]);
      expect(await userOf(user.email)).toBeDefined();
    }
  });

  test("T32 a change that was asked for before the domain was activated does not go through after it", async () => {
    const { account, domain, name } = await company("verified");
    const { user, answer } = await ask(undefined, `boss@${name}`);
    expect(answer.status).toBe(303);
    const link = await mailedLink(`boss@${name}`);
    await db.update(domains).set({ status: "active", activatedAt: new Date() }).where(eq(domains.id, domain.id));
    const refused = await postFrom(new Browser(), link, link);
    expect(refused.status).toBe(409);
    expect((await userOf(user.email))!.corporateAccountId).toBeNull();
    expect(await db.select().from(members).where(eq(members.accountId, account.id))).toEqual([]);
  });

  test("T32 whoever was taken in meanwhile keeps the address that their organisation manages", async () => {
    const { user, answer } = await ask(undefined, `private${++counter}@free.example`);
    expect(answer.status).toBe(303);
    const link = await mailedLink(`private${counter}@free.example`);
    const { account } = await company("active");
    await db
      .update(users)
      .set({ corporateAccountId: account.id, corporateSince: sql`now()` })
      .where(eq(users.id, user.id));
    expect((await postFrom(new Browser(), link, link)).status).toBe(409);
    expect(await userOf(user.email)).toBeDefined();
  });

  test("D6 T18 T29 that is proven later is assigned then, and its owner is told once", async () => {
    const { account, name } = await company("active");
    const user = await create.user({ email: `unproven@${name}`, emailProvenAt: null });
    const own = await create.member(await create.account({ kind: "personal" }), user);
    await create.grant(own, { systemRole: "owner" });
    const token = await db.transaction((tx) =>
      issueToken(tx, { purpose: "password_reset", email: user.email, userId: user.id, minutes: 60 }),
    );
    const path = `/reset/${secretOf(token)}`;
    await postFrom(new Browser(), path, path, { password: "another good horse battery", confirmation: "" });
    await runJobs();
    expect(await userOf(user.email)).toMatchObject({ corporateAccountId: account.id });
    expect(await grantsOf(own.id)).toEqual(["owner"]);
    const told = mailsTo(user.email).filter(({ subject }) => subject.includes(account.name));
    expect(told).toHaveLength(1);
    expect(told[0]!.text).toContain("You keep everything that you have");
    expect(told[0]!.text).toContain(name);
  });

  test("T28 of somebody who is corporate elsewhere takes them nowhere; a deleted account is not elsewhere", async () => {
    const { account, name } = await company("active");
    const elsewhere = await create.account();
    const prove = async (local: string) => {
      const user = await create.user({
        email: `${local}@${name}`,
        emailProvenAt: null,
        corporateAccountId: elsewhere.id,
      });
      const place = await create.member(elsewhere, user, { corporate: true });
      const token = await db.transaction((tx) =>
        issueToken(tx, { purpose: "password_reset", email: user.email, userId: user.id, minutes: 60 }),
      );
      const path = `/reset/${secretOf(token)}`;
      await postFrom(new Browser(), path, path, { password: "another good horse battery", confirmation: "" });
      return { now: (await userOf(user.email))!.corporateAccountId, place: await reloadMember(place.id) };
    };
    expect(await prove("moved")).toMatchObject({ now: elsewhere.id, place: { corporate: true } });
    await db.update(accounts).set({ deletedAt: new Date() }).where(eq(accounts.id, elsewhere.id));
    expect(await prove("freed")).toMatchObject({ now: account.id, place: { corporate: false } });
  });
});
