import "./support/outbox.ts";
import { and, eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { readInstanceSettings } from "../src/access/instance-settings.ts";
import { recordEvent } from "../src/audit/record.ts";
import { db } from "../src/db/client.ts";
import {
  accounts,
  domains,
  instanceSettings,
  mailboxes,
  members,
  rateLimits,
  tokens,
  users,
} from "../src/db/schema.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { changesOf, create, eventsOf, grantsOf, reloadMember } from "./support/world.ts";

let counter = 0;

/** An admin of an account with an active domain of its own. */
async function company(...held: Parameters<typeof admin>) {
  const home = await admin(...(held.length > 0 ? held : ["admin" as const]));
  const name = `corp${++counter}.test`;
  const domain = await create.domain(home.account, {
    name,
    status: "active",
    verifiedAt: new Date(),
    activatedAt: new Date(),
  });
  return { ...home, domain, name };
}

const typed = (domain: string, changes: Record<string, string> = {}) => ({
  firstName: "Ana",
  lastName: "López",
  local: "Ana.Lopez",
  domain,
  phone: "",
  ...changes,
});

const userAt = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];
const placeAt = async (accountId: string, email: string) =>
  (
    await db
      .select()
      .from(members)
      .where(and(eq(members.accountId, accountId), eq(members.email, email)))
  )[0];
const setPhones = async (phoneEnabled: boolean) => {
  await db.update(instanceSettings).set({ phoneEnabled, defaultRegion: "DE" });
  await readInstanceSettings();
};
const newPassword = "a lantern over the harbour";

describe("creating a user", () => {
  test("A47–A51 A58 makes a corporate user who creates a password and is in", async () => {
    const { account, browser, name } = await company();
    expect((await browser.get("/admin/users").expect(200)).text).toContain('href="/admin/users/create"');
    expect((await browser.get("/admin/users/create").expect(200)).text).toContain("Create a personal mailbox");

    const made = await browser.post("/admin/users/create", typed(name, { personalMailbox: "on" })).expect(303);
    const email = `ana.lopez@${name}`;
    const member = (await placeAt(account.id, email))!;
    expect(made.headers.location).toBe(`/admin/users/${member.id}/account`);
    expect(member).toMatchObject({ status: "waiting", corporate: true, firstName: "Ana", lastName: "López" });
    expect(await userAt(email)).toMatchObject({
      corporateAccountId: account.id,
      passwordHash: null,
      emailProvenAt: null,
    });
    const [box] = await db.select().from(mailboxes).where(eq(mailboxes.address, email));
    expect(box).toMatchObject({ accountId: account.id, kind: "native" });
    expect(await grantsOf(member.id)).toEqual([expect.stringContaining("mailbox_owner")]);
    expect((await browser.get("/admin/users").expect(200)).text).toContain("Waiting for password");

    await runJobs();
    const mail = mailTo(email);
    expect(mail.html).toContain("Create password");
    const person = new Browser();
    const page = (await person.get(linkIn(mail)).expect(200)).text;
    expect(page).toContain("Create your password");
    expect(page).not.toContain("signed out everywhere");
    const csrf = page.match(/name="_csrf" value="([^"]+)"/)![1]!;
    await person.post(linkIn(mail), { password: newPassword, _csrf: csrf }).expect(303);
    expect((await person.get("/sign-in").expect(200)).text).toContain("Your password is created. Sign in with it.");
    await runJobs();
    expect(mailTo(email)).toMatchObject({ subject: "Your password was created" });
    expect(mailTo(email).text).not.toContain("signed out");
    expect(await reloadMember(member.id)).toMatchObject({ status: "active" });
    expect((await userAt(email))?.emailProvenAt).not.toBeNull();
    await person.signIn(email, newPassword);
    expect((await person.get("/profile").expect(200)).text).toContain(account.name);
    // A45, T30: no account of their own.
    await person.post("/accounts", { name: "My own" }).expect(403);
  });

  test("A37 gives no right, and without the box no mailbox", async () => {
    const { account, browser, name } = await company();
    await browser.post("/admin/users/create", typed(name)).expect(303);
    const member = (await placeAt(account.id, `ana.lopez@${name}`))!;
    expect(await grantsOf(member.id)).toEqual([]);
    expect(await db.select().from(mailboxes).where(eq(mailboxes.address, member.email))).toEqual([]);
    expect(await changesOf(account.id)).toEqual(["user.created"]);
  });

  test("A48 says beside each field what is wrong, keeps what was typed, and creates nobody", async () => {
    const { browser, name } = await company();
    const page = await browser
      .post("/admin/users/create", typed(name, { firstName: "", lastName: "", local: "ana lopez" }))
      .expect(422);
    expect(page.text).toContain("Enter a first name.");
    expect(page.text).toContain("Enter a last name.");
    const odd = await browser.post("/admin/users/create", typed(name, { local: "ana lopez" })).expect(422);
    expect(odd.text).toContain("This cannot stand before the @.");
    expect(odd.text).toContain('value="ana lopez"');
    expect(await db.select().from(users).where(eq(users.lastName, "López@"))).toEqual([]);
  });

  test("A48 A53 D15 has a phone where the installation has phones, in international format", async () => {
    const { account, user, browser, name } = await company();
    await setPhones(true);
    try {
      expect((await browser.get("/admin/users/create")).text).toContain('name="phone"');
      const bad = await browser.post("/admin/users/create", typed(name, { phone: "12" })).expect(422);
      expect(bad.text).toContain("This is not a phone number.");
      await browser.post("/admin/users/create", typed(name, { phone: "030 1234567" })).expect(303);
      const email = `ana.lopez@${name}`;
      expect(await userAt(email)).toMatchObject({ phone: "+49301234567" });
      const change = { before: { phone: null }, after: { phone: "+49301234567" } };
      const { id } = (await db.select().from(members).where(eq(members.email, email)))[0]!;
      const subject = { type: "member" as const, id, label: email };
      const author = { userId: user.id, accountId: account.id, label: user.email };
      await db.transaction((tx) => recordEvent(tx, author, "user.settings_changed", subject, change));
      const log = async () => (await browser.get(`/admin/users/${id}/log`).expect(200)).text;
      expect(await log()).toContain("+49301234567");

      await setPhones(false);
      expect(await log()).not.toContain("49301234567");
      expect((await browser.get("/admin/users/create")).text).not.toContain('name="phone"');
      const member = (await db.select().from(members).where(eq(members.email, email)))[0]!;
      expect((await browser.get(`/admin/users/${member.id}/settings`).expect(200)).text).not.toContain("30 1234567");
      expect(await userAt(email)).toMatchObject({ phone: "+49301234567" });
    } finally {
      await setPhones(false);
    }
  });

  test("A29 A30 A31 D5 works in an active domain of the account only", async () => {
    const { account, browser, name } = await company();
    const other = await company();
    await create.domain(account, { name: "only-verified.test", status: "verified", verifiedAt: new Date() });
    for (const domain of [other.name, "only-verified.test", `sub.${name}`, "elsewhere.test", ""]) {
      await browser.post("/admin/users/create", typed(domain)).expect(422);
      expect(await userAt(`ana.lopez@${domain}`)).toBeUndefined();
    }
  });

  test("A40 D5 stops with deactivation, and existing users are still managed", async () => {
    const { account, browser, domain, name } = await company();
    await browser.post("/admin/users/create", typed(name)).expect(303);
    await db.update(domains).set({ status: "verified", deactivatedAt: new Date() }).where(eq(domains.id, domain.id));
    const refused = await browser.post("/admin/users/create", typed(name, { local: "second" })).expect(422);
    expect(refused.text).toContain("is not active in this account at the moment");
    const member = (await placeAt(account.id, `ana.lopez@${name}`))!;
    await browser.get(`/admin/users/${member.id}/settings`).expect(200);
  });

  test("D8 without an active domain is shown with the reason, and inviting goes on", async () => {
    const { browser } = await admin("admin");
    const list = (await browser.get("/admin/users").expect(200)).text;
    expect(list).not.toContain('href="/admin/users/create"');
    expect(list).toContain("Needs an active domain of this account.");
    expect((await browser.get("/admin/users/create").expect(200)).text).toContain("This account has no active domain.");
    await browser.post("/admin/users/create", typed("elsewhere.test")).expect(422);
    await browser.post("/admin/users/new", { email: "someone@elsewhere.test" }).expect(303);
  });

  test("T86 an address in use, invited or in the account is refused in words and nothing changes", async () => {
    const { account, browser, name } = await company();
    const existing = await create.user({ email: `taken@${name}`, firstName: "Before" });
    expect((await browser.post("/admin/users/create", typed(name, { local: "taken" })).expect(422)).text).toContain(
      "This address is in use already.",
    );
    expect(await userAt(existing.email)).toMatchObject({ firstName: "Before", corporateAccountId: null });
    await create.member(account, null, { email: `guest@${name}` });
    expect((await browser.post("/admin/users/create", typed(name, { local: "guest" })).expect(422)).text).toContain(
      "is invited already",
    );
  });

  test("of the same address twice at once makes one user", async () => {
    const { browser, name } = await company();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => browser.post("/admin/users/create", typed(name)).then(({ status }) => status)),
    );
    expect(answers.filter((status) => status === 303)).toHaveLength(1);
    expect(answers.filter((status) => status === 422)).toHaveLength(5);
  });

  test("is not for viewers, nor for strangers", async () => {
    const { browser, name } = await company("viewer");
    expect((await browser.get("/admin/users").expect(200)).text).not.toContain("Create user");
    await browser.get("/admin/users/create").expect(403);
    await browser.post("/admin/users/create", typed(name)).expect(403);
    await new Browser().get("/admin/users/create").expect(303);
    expect(await userAt(`ana.lopez@${name}`)).toBeUndefined();
  });
});

describe("the first password", () => {
  test("A58 D17 is a card on the user's page: how the mail went, until when it works, and what brings another", async () => {
    const { member, browser, account } = await waiting();
    const at = `/admin/users/${member.id}`;
    const shown = async (who = browser) => (await who.get(`${at}/account`).expect(200)).text;
    expect(await shown()).toContain("On its way");
    await runJobs();
    expect(await shown()).toContain("Handed over to the mail server");
    expect(await shown()).toContain(`action="${at}/password-mail"`);
    expect(await shown()).toContain(`href="${at}/actions"`);
    const none = "No link to create a password works now.";
    expect(await shown()).not.toContain(none);
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    expect(await shown(viewer)).toContain("First password");
    expect(await shown(viewer)).not.toContain("/password-mail");
    expect(await shown(viewer)).not.toContain(`href="${at}/actions"`);

    await db.update(tokens).set({ expiresAt: sql`now()` }).where(eq(tokens.email, member.email));
    expect(await shown()).toContain(none);
    await browser.post(`${at}/block`).expect(303);
    await browser.post(`${at}/unblock`).expect(303);
    expect(await shown()).toContain(none);
  });

  async function waiting() {
    const home = await company();
    await home.browser.post("/admin/users/create", typed(home.name)).expect(303);
    const member = (await placeAt(home.account.id, `ana.lopez@${home.name}`))!;
    return { ...home, member };
  }

  test("A58 its mail is sent again: a new link, the old one dead, and not twice in five minutes", async () => {
    const { browser, member } = await waiting();
    await runJobs();
    const first = linkIn(mailTo(member.email));
    await browser.post(`/admin/users/${member.id}/password-mail`).expect(303);
    await runJobs();
    expect(mailsTo(member.email)).toHaveLength(2);
    const second = linkIn(mailTo(member.email));
    expect(second).not.toBe(first);
    await new Browser().get(first).expect(409);
    await new Browser().get(second).expect(200);
    await browser.post(`/admin/users/${member.id}/password-mail`).expect(429);
    await db.delete(rateLimits);
    await browser.post(`/admin/users/${member.id}/password-mail`).expect(303);
  });

  test("A58 its link can be copied, which is logged; never the link of somebody who existed before", async () => {
    const { account, browser, member } = await waiting();
    const page = (await browser.post(`/admin/users/${member.id}/password-link`).expect(200)).text;
    const link = page.match(/http:\/\/localhost:\d+(\/reset\/[\w-]+)/)![1]!;
    await runJobs();
    expect(linkIn(mailTo(member.email))).toBe(link);
    expect(await changesOf(account.id)).toEqual(["user.created", "user.password_link_copied"]);

    const before = await create.user({ corporateAccountId: account.id });
    const place = await create.member(account, before, { corporate: true });
    await browser.post(`/admin/users/${place.id}/password-link`).expect(409);
    await browser.post(`/admin/users/${place.id}/password-mail`).expect(409);
  });

  test("A58 nor the link of somebody without a password who was created elsewhere, let go and taken in", async () => {
    const { account, browser, name } = await company();
    const older = await create.user({
      email: `older@${name}`,
      passwordHash: null,
      corporateAccountId: account.id,
      createdAt: new Date(Date.now() - 86_400_000),
      corporateSince: new Date(),
    });
    const place = await create.member(account, older, { corporate: true, status: "waiting" });
    await browser.post(`/admin/users/${place.id}/password-link`).expect(409);
  });

  test("is no concern of viewers and neighbours", async () => {
    const { account, member } = await waiting();
    const { user } = await create.colleague(account, ["viewer"]);
    const viewer = await browserOf(user, account);
    const neighbour = (await company()).browser;
    for (const door of ["password-mail", "password-link"]) {
      await viewer.post(`/admin/users/${member.id}/${door}`).expect(403);
      await neighbour.post(`/admin/users/${member.id}/${door}`).expect(404);
    }
  });
});

describe("the Settings tab", () => {
  async function corporateUser() {
    const home = await company();
    const user = await create.user({ email: `bea@${home.name}`, corporateAccountId: home.account.id });
    const member = await create.member(home.account, user, { corporate: true });
    const fields = {
      firstName: "Bea",
      lastName: "Winter",
      locale: "de",
      timeZone: "Europe/Berlin",
      region: "CH",
      phone: "",
      defaultMailboxId: "",
      version: String(user.version),
    };
    return { ...home, user, member, fields, path: `/admin/users/${member.id}/settings` };
  }

  test("A52 A55 saves name, language, time zone and formats, and with them the unsaved rights", async () => {
    const { account, browser, member, user, fields, path } = await corporateUser();
    await browser.post(`/admin/users/${member.id}/roles`, { role: "viewer" }).expect(303);
    expect(await grantsOf(member.id)).toEqual([]);
    expect((await browser.get(path).expect(200)).text).toContain('form="settings-form"');
    await browser.post(path, fields).expect(303);
    expect(await userAt(user.email)).toMatchObject({
      firstName: "Bea",
      locale: "de",
      timeZone: "Europe/Berlin",
      region: "CH",
    });
    expect(await reloadMember(member.id)).toMatchObject({ firstName: "Bea", lastName: "Winter" });
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await changesOf(account.id)).toEqual(["user.settings_changed", "member.rights_changed"]);
  });

  test("A52 offers and takes mailboxes of the account that the user may open, and no others", async () => {
    const { account, browser, member, fields, path } = await corporateUser();
    const open = await create.mailbox(account, { name: "Open to her" });
    const shut = await create.mailbox(account, { name: "Shut to her" });
    const foreign = await create.mailbox(await create.account(), { name: "Foreign" });
    await create.grant(member, { systemRole: "mailbox_reader" }, open);
    const page = (await browser.get(path)).text;
    expect(page).toContain("Open to her");
    expect(page).not.toContain("Shut to her");
    for (const box of [shut, foreign]) await browser.post(path, { ...fields, defaultMailboxId: box.id }).expect(422);
    await browser.post(path, { ...fields, defaultMailboxId: open.id }).expect(303);
    expect((await userAt(member.email))?.defaultMailboxId).toBe(open.id);
  });

  test("A54 is there for corporate users of the account only", async () => {
    const { account, browser, fields } = await corporateUser();
    const { member } = await create.colleague(account, ["viewer"]);
    expect((await browser.get(`/admin/users/${member.id}/account`)).text).not.toContain(
      `/admin/users/${member.id}/settings`,
    );
    await browser.get(`/admin/users/${member.id}/settings`).expect(404);
    await browser.post(`/admin/users/${member.id}/settings`, fields).expect(404);
    const elsewhere = await create.user({ corporateAccountId: (await create.account()).id, firstName: "Keep" });
    const guest = await create.member(account, elsewhere);
    await browser.post(`/admin/users/${guest.id}/settings`, fields).expect(404);
    expect((await userAt(elsewhere.email))?.firstName).toBe("Keep");
  });

  test("T56 T54 is refused when somebody saved meanwhile, and about somebody stronger", async () => {
    const { browser, member, fields, path } = await corporateUser();
    await browser.post(path, fields).expect(303);
    const late = await browser.post(path, { ...fields, firstName: "Too late" }).expect(409);
    expect(late.text).toContain("Too late");
    await create.grant(member, { systemRole: "owner" });
    await browser.post(path, { ...fields, version: String(Number(fields.version) + 1) }).expect(403);
  });

  test("is seen by viewers, changed by them not, and by neighbours neither", async () => {
    const { account, fields, path } = await corporateUser();
    const { user } = await create.colleague(account, ["viewer"]);
    const viewer = await browserOf(user, account);
    expect((await viewer.get(path).expect(200)).text).not.toContain("Change address");
    await viewer.post(path, fields).expect(403);
    const neighbour = (await company()).browser;
    await neighbour.get(path).expect(404);
    await neighbour.post(path, fields).expect(404);
  });

  test("T32 another address counts once it is proven, inside active domains only; the old one is told", async () => {
    const { browser, member, user, name } = await corporateUser();
    const ask = (changes: Record<string, string>) =>
      browser.post(`/admin/users/${member.id}/address`, {
        local: "beatrice",
        domain: name,
        confirmation: "correct horse battery staple",
        ...changes,
      });
    expect((await ask({ confirmation: "wrong password here" }).expect(422)).text).toContain(
      "not your current password",
    );
    await ask({ domain: "elsewhere.test" }).expect(422);
    await ask({}).expect(303);
    const settings = async () => (await browser.get(`/admin/users/${member.id}/settings`).expect(200)).text;
    expect(await settings()).toContain(`beatrice@${name} waits to be confirmed`);
    await runJobs();
    expect((await userAt(user.email))?.id).toBe(user.id);
    expect(mailTo(user.email).text).toContain(`beatrice@${name}`);
    const link = linkIn(mailTo(`beatrice@${name}`));
    const person = new Browser();
    const csrf = (await person.get(link).expect(200)).text.match(/name="_csrf" value="([^"]+)"/)![1]!;
    // T54: the mail may be the administrator's to read, and the profile opens other accounts.
    const refused = await person.post(link, { _csrf: csrf, confirmation: "not their password" }).expect(422);
    expect(refused.text).toContain("This is not your current password.");
    expect((await userAt(user.email))?.id).toBe(user.id);
    await person.post(link, { _csrf: csrf, confirmation: "correct horse battery staple" }).expect(303);
    expect(await settings()).not.toContain("waits to be confirmed");
    expect(await userAt(`beatrice@${name}`)).toMatchObject({
      id: user.id,
      corporateAccountId: user.corporateAccountId,
    });
    expect(await reloadMember(member.id)).toMatchObject({ email: `beatrice@${name}` });
  });

  test("the account may keep the profiles of its corporate users to itself", async () => {
    const { account, user } = await corporateUser();
    const own = await browserOf(user, account);
    const mine = {
      firstName: "Me",
      lastName: "",
      locale: "en",
      timeZone: "UTC",
      region: "",
      phone: "",
      defaultMailboxId: "",
    };
    await own.post("/profile", { ...mine, version: String(user.version) }).expect(303);
    await db.update(accounts).set({ ownProfiles: false }).where(eq(accounts.id, account.id));
    expect((await own.get("/profile").expect(200)).text).toContain("Your organisation manages your profile.");
    await own.post("/profile", { ...mine, firstName: "Sneaky", version: String(user.version + 1) }).expect(403);
    expect((await userAt(user.email))?.firstName).toBe("Me");
  });
});

describe("corporate users and the account", () => {
  test("D13 blocking ends sessions at once; deleting disables the profile, and restoring brings it back", async () => {
    const { account, browser, name } = await company("owner");
    const user = await create.user({ email: `cleo@${name}`, corporateAccountId: account.id });
    const member = await create.member(account, user, { corporate: true });
    const own = await browserOf(user, account);
    await browser.post(`/admin/users/${member.id}/block`).expect(303);
    await own.get("/profile").expect(303);
    await browser.post(`/admin/users/${member.id}/unblock`).expect(303);
    const again = await browserOf(user, account);
    const asked = (await browser.get(`/admin/users/${member.id}/removal`).expect(200)).text;
    expect(asked).toContain("manages this profile, so it is switched off");
    const { member: ordinary } = await create.colleague(account, ["viewer"]);
    expect((await browser.get(`/admin/users/${ordinary.id}/removal`).expect(200)).text).not.toContain("switched off");
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    await again.get("/profile").expect(303);
    expect((await userAt(user.email))?.disabledAt).not.toBeNull();
    await browser.post(`/admin/users/${member.id}/restore`).expect(303);
    expect((await userAt(user.email))?.disabledAt).toBeNull();
    await (await browserOf(user, account)).get("/profile").expect(200);
  });

  test("D13 T36 blocking kills every link that is under way: a new password, a release", async () => {
    const { account, browser, name } = await company("owner");
    const user = await create.user({ email: `cara@${name}`, corporateAccountId: account.id });
    const member = await create.member(account, user, { corporate: true });
    await new Browser().post("/forgot", { email: user.email }).expect(200);
    await browser.post(`/admin/users/${member.id}/release`, { email: `cara${name}@home.test` }).expect(303);
    await runJobs();
    const reset = linkIn(mailsTo(user.email).find(({ text }) => text.includes("/reset/"))!);
    const release = linkIn(mailTo(`cara${name}@home.test`));
    await new Browser().get(reset).expect(200);
    await new Browser().get(release).expect(200);
    await browser.post(`/admin/users/${member.id}/block`).expect(303);
    await new Browser().get(reset).expect(409);
    await new Browser().get(release).expect(409);
  });

  test("X2 T54 a release that waits to be confirmed can be revoked: its link opens nothing any more", async () => {
    const { account, browser, name } = await company("owner");
    const user = await create.user({ email: `cleo@${name}`, corporateAccountId: account.id, passwordHash: null });
    const member = await create.member(account, user, { corporate: true, status: "waiting" });
    const revocation = `/admin/users/${member.id}/release/revocation`;
    await browser.post(revocation).expect(409);
    await browser.post(`/admin/users/${member.id}/release`, { email: `mistyped${name}@home.test` }).expect(303);
    await runJobs();
    const link = linkIn(mailTo(`mistyped${name}@home.test`));
    await new Browser().get(link).expect(200);
    expect((await browser.get(`/admin/users/${member.id}/settings`).expect(200)).text).toContain(revocation);

    const viewer = await create.colleague(account, ["viewer"]);
    await (await browserOf(viewer.user, account)).post(revocation).expect(403);
    await (await admin("owner")).browser.post(revocation).expect(404);
    await new Browser().get(link).expect(200);

    const done = await browser.post(revocation).expect(303);
    expect((await browser.get(done.headers.location!).expect(200)).text).toContain("does not work any more");
    await new Browser().get(link).expect(409);
    expect((await browser.get(`/admin/users/${member.id}/settings`).expect(200)).text).not.toContain(revocation);
    expect(await eventsOf(account.id)).toContain("user.release_revoked");
    await browser.post(revocation).expect(409);
    // Another one can be asked for, and counts.
    await browser.post(`/admin/users/${member.id}/release`, { email: `right${name}@home.test` }).expect(303);
    await runJobs();
    await new Browser().get(linkIn(mailTo(`right${name}@home.test`))).expect(200);
  });

  test("T55 deleting is refused where another account, or the installation, would be left without anybody", async () => {
    const { account, browser, name } = await company("owner");
    const user = await create.user({ email: `carl@${name}`, corporateAccountId: account.id });
    const member = await create.member(account, user, { corporate: true });
    const other = await create.account();
    await create.grant(await create.member(other, user), { systemRole: "owner" });
    await create.colleague(other, ["viewer"]);
    const refused = await browser.post(`/admin/users/${member.id}/removal`).expect(409);
    expect(refused.text).toContain("last Owner of another account");
    expect(refused.text).not.toContain(other.name);
    await create.colleague(other, ["owner"]);
    await db.update(users).set({ instanceAdmin: true }).where(eq(users.id, user.id));
    const strong = await browser.post(`/admin/users/${member.id}/removal`).expect(409);
    expect(strong.text).toContain("administers this installation");
    await db.update(users).set({ instanceAdmin: false }).where(eq(users.id, user.id));
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
  });

  test("D13 who was deleted is restored, not invited: an invitation would leave them switched off", async () => {
    const { account, browser, name } = await company("owner");
    const user = await create.user({ email: `cora@${name}`, corporateAccountId: account.id });
    const member = await create.member(account, user, { corporate: true });
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    for (const door of ["/admin/users/new", "/admin/users/add"]) {
      const refused = await browser.post(door, { email: user.email, firstName: "", lastName: "", message: "" });
      expect(refused.status).toBe(422);
      expect(refused.text).toContain("Restore the user instead");
    }
    await browser.post(`/admin/users/${member.id}/restore`).expect(303);
    expect((await userAt(user.email))?.disabledAt).toBeNull();
  });

  test("A39 a deleted place that starts again as an invitation, after its 30 days, is no corporate one", async () => {
    const { account, browser, name } = await company("owner");
    const user = await create.user({ email: `cory@${name}`, corporateAccountId: account.id });
    const member = await create.member(account, user, { corporate: true });
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    await db
      .update(members)
      .set({ endedAt: new Date(Date.now() - 31 * 86_400_000) })
      .where(eq(members.id, member.id));
    await browser.post("/admin/users/new", { email: user.email, firstName: "", lastName: "", message: "" }).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ status: "draft", corporate: false });
  });

  test("D13 X2 who was deleted and can be restored no more comes back by an invitation, and can answer it", async () => {
    const { account, browser, name } = await company("owner");
    const user = await create.user({ email: `coco@${name}`, corporateAccountId: account.id });
    const member = await create.member(account, user, { corporate: true });
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    const again = () => browser.post("/admin/users/create", { ...typed(name), local: "coco" }).expect(422);
    expect((await again()).text).toContain("Restore the user instead");
    const long = new Date(Date.now() - 31 * 86_400_000);
    await db.update(members).set({ endedAt: long }).where(eq(members.id, member.id));
    expect((await again()).text).toContain("Invite this person instead");

    await browser.post("/admin/users/new", { email: user.email, firstName: "", lastName: "", message: "" }).expect(303);
    expect((await userAt(user.email))?.disabledAt).not.toBeNull();
    await browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    const own = await browserOf(user);
    await own.post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ status: "active", corporate: true });
  });

  test("D13 deleting is refused while the domain is not verified; blocking is not", async () => {
    const { account, browser, domain, name } = await company("owner");
    const user = await create.user({ email: `dora@${name}`, corporateAccountId: account.id });
    const member = await create.member(account, user, { corporate: true });
    for (const status of ["unverified", "suspended"] as const) {
      await db.update(domains).set({ status }).where(eq(domains.id, domain.id));
      const refused = await browser.post(`/admin/users/${member.id}/removal`).expect(409);
      expect(refused.text).toContain("Block the user instead");
      const asked = (await browser.get(`/admin/users/${member.id}/removal`).expect(200)).text;
      expect(asked).toContain("Block the user instead");
      expect(asked).toContain(`action="/admin/users/${member.id}/block"`);
    }
    expect(await reloadMember(member.id)).toMatchObject({ status: "active" });
    await browser.post(`/admin/users/${member.id}/block`).expect(303);
    await db.update(domains).set({ status: "verified" }).where(eq(domains.id, domain.id));
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
  });

  test("B13 Add user with an address inside adds at once: a new person waits for a password, as Viewer", async () => {
    const { account, browser, name } = await company();
    await browser.post("/admin/users/add", { email: `fresh@${name}` }).expect(303);
    const member = (await placeAt(account.id, `fresh@${name}`))!;
    expect(member).toMatchObject({ status: "waiting", corporate: true });
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await changesOf(account.id)).toEqual(["member.added"]);
    await runJobs();
    expect(mailTo(member.email).html).toContain("Create password");
  });

  test("B13 Add user makes Viewer of a user who was created, holds nothing and waits for a password", async () => {
    const { account, browser, name } = await company();
    await browser.post("/admin/users/create", typed(name)).expect(303);
    const member = (await placeAt(account.id, `ana.lopez@${name}`))!;
    await browser.post("/admin/users/add", { email: member.email }).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await reloadMember(member.id)).toMatchObject({ status: "waiting" });
    await browser.post("/admin/users/add", { email: member.email }).expect(422);
  });

  test("B13 Add user takes in who has a proven address there, and tells them", async () => {
    const { account, browser, name } = await company();
    const user = await create.user({ email: `known@${name}` });
    await browser.post("/admin/users/add", { email: user.email }).expect(303);
    const member = (await placeAt(account.id, user.email))!;
    expect(member).toMatchObject({ status: "active", corporate: true });
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await userAt(user.email)).toMatchObject({ corporateAccountId: account.id });
    await runJobs();
    expect(mailsTo(user.email).length).toBeGreaterThan(0);
  });
});
