import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { users } from "../src/db/schema.ts";
import { admin, Browser } from "./support/browser.ts";
import { inbox, linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { create, eventsOf, password, reloadMember, type User } from "./support/world.ts";

let counter = 0;
const anotherAddress = () => `moved${++counter}@new.test`;
const reload = async (user: User) => (await db.select().from(users).where(eq(users.id, user.id)))[0]!;

beforeEach(async () => {
  await runJobs();
  inbox.mails.length = 0;
});

/** Asks for another address and returns the link that was mailed there. */
async function ask(browser: Browser, email: string): Promise<string> {
  await browser.post("/profile/security/address", { email, confirmation: password }).expect(303);
  await runJobs();
  return linkIn(mailTo(email));
}

describe("changing the address", () => {
  test("proves the new one, tells the old one, and follows into every account", async () => {
    const { user, member, account, browser } = await admin("viewer");
    const elsewhere = await create.member(await create.account(), user);
    const email = anotherAddress();
    const link = await ask(browser, email);
    expect(mailTo(user.email).subject).toBe("Your e-mail address is about to change");
    expect(await reload(user)).toMatchObject({ email: user.email });

    expect((await new Browser().get(link).expect(200)).text).toContain(email);
    await new Browser().post(link).expect(303);
    expect(await reload(user)).toMatchObject({ email });
    expect(await reloadMember(member.id)).toMatchObject({ email });
    expect(await reloadMember(elsewhere.id)).toMatchObject({ email });
    const events = await eventsOf(account.id);
    expect(events).toEqual(expect.arrayContaining(["user.address_change_asked", "user.address_changed"]));

    await runJobs();
    expect(mailsTo(user.email).map(({ subject }) => subject)).toContain("Your e-mail address was changed");
    await new Browser().signIn(email);
  });

  test("T19 a link proves the address that it was mailed to, and dies with the next one", async () => {
    const { user, browser } = await admin("viewer");
    const old = await ask(browser, anotherAddress());
    const email = anotherAddress();
    const newest = await ask(browser, email);
    await new Browser().post(old).expect(409);
    expect(await reload(user)).toMatchObject({ email: user.email });
    await new Browser().post(newest, { email: "third@new.test" }).expect(303);
    expect(await reload(user)).toMatchObject({ email });
  });

  test("T19 the old address stays in force until then, and a new password stops the change", async () => {
    const { user, browser } = await admin("viewer");
    const link = await ask(browser, anotherAddress());
    await new Browser().signIn(user.email);
    const changed = { current: password, password: "another fine set of words" };
    await browser.post("/profile/security/password", changed).expect(303);
    await new Browser().post(link).expect(409);
    expect(await reload(user)).toMatchObject({ email: user.email });
  });

  test("T20 the link neither signs in nor switches the session", async () => {
    const { browser } = await admin("viewer");
    const other = await admin("viewer");
    const email = anotherAddress();
    const link = await ask(other.browser, email);

    await browser.get(link).expect(200);
    await browser.post(link).expect(303);
    expect((await browser.get("/profile")).text).not.toContain(email);
    const stranger = new Browser();
    await stranger.get(link).expect(200);
    await stranger.get("/profile").expect(303);
  });

  test("T9 T10 GET and HEAD change nothing, and pressing twice shows the success again", async () => {
    const { user, browser } = await admin("viewer");
    const link = await ask(browser, anotherAddress());
    for (let i = 0; i < 5; i++) {
      await new Browser().head(link);
      await new Browser().get(link).expect(200);
    }
    expect(await reload(user)).toMatchObject({ email: user.email });
    await new Browser().post(link).expect(303);
    expect((await new Browser().post(link).expect(200)).text).toContain("Your address is changed");
  });

  test("T1 of many who press at once, one changes it", async () => {
    const { browser, account } = await admin("viewer");
    const link = await ask(browser, anotherAddress());
    await Promise.all(Array.from({ length: 10 }, () => new Browser().post(link)));
    expect((await eventsOf(account.id)).filter((name) => name === "user.address_changed")).toHaveLength(1);
  });

  test("T33 says the same for an address that somebody has, and tells its owner alone", async () => {
    const { user, browser } = await admin("viewer");
    const owner = await create.user();
    const free = anotherAddress();
    const answers = [];
    for (const email of [owner.email, free]) {
      const { status, headers } = await browser.post("/profile/security/address", { email, confirmation: password });
      const { text } = await browser.get("/profile/security");
      answers.push({ status, to: headers.location, shown: text.includes(`We have sent a mail to ${email}.`) });
      await runJobs();
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(mailTo(owner.email).subject).toBe("Somebody wants to use your address");
    expect(mailTo(owner.email).text).not.toContain("/address/");
    expect(mailTo(owner.email).text).not.toContain(user.email);
  });

  test("is refused when the address was taken meanwhile, without saying by whom", async () => {
    const { user, browser } = await admin("viewer");
    const email = anotherAddress();
    const link = await ask(browser, email);
    await create.user({ email, firstName: "Hidden" });
    const refused = await new Browser().post(link).expect(409);
    expect(refused.text).not.toContain("Hidden");
    expect(await reload(user)).toMatchObject({ email: user.email });
  });

  test("asks for the password, and for an address that mail can go to (T15, T17)", async () => {
    const { user, browser } = await admin("viewer");
    const post = (fields: Record<string, string | string[]>) => browser.post("/profile/security/address", fields);
    await post({ email: anotherAddress(), confirmation: "no" }).expect(422);
    await post({ email: user.email, confirmation: password }).expect(422);
    await post({ email: "ａna@new.test", confirmation: password }).expect(422);
    await post({ email: ["a@new.test", "b@new.test"], confirmation: password }).expect(400);
    await runJobs();
    expect(inbox.mails).toEqual([]);
  });

  test("is the administrator's business for a corporate user", async () => {
    const account = await create.account();
    const { user } = await create.colleague(account, ["viewer"], { corporateAccountId: account.id });
    const browser = new Browser();
    await browser.signIn(user.email);
    const fields = { email: anotherAddress(), confirmation: password };
    await browser.post("/profile/security/address", fields).expect(403);
    expect((await browser.get("/profile/security").expect(200)).text).not.toContain("/profile/security/address");
  });

  test("R16 the link dies after 24 hours by the database's clock", async () => {
    const { browser } = await admin("viewer");
    const email = anotherAddress();
    const link = await ask(browser, email);
    const shift = (by: string) =>
      db.execute(sql`update tokens set expires_at = now() + ${by}::interval where email = ${email}`);
    await shift("-1 second");
    await new Browser().get(link).expect(409);
    await new Browser().post(link).expect(409);
    await shift("1 minute");
    await new Browser().post(link).expect(303);
  });

  test("D4 invitations for the new address are the person's from then on", async () => {
    const { user, browser } = await admin("viewer");
    const email = anotherAddress();
    const waiting = await create.member(await create.account(), null, { email });
    await new Browser().post(await ask(browser, email)).expect(303);
    expect(await reloadMember(waiting.id)).toMatchObject({ userId: user.id, status: "invited" });
  });
});
