import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { events, notifications, users } from "../src/db/schema.ts";
import { notify } from "../src/notifications/notify.ts";
import { deviceWords } from "../src/sessions/device-words.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { create, eventsOf, reloadMember, type User } from "./support/world.ts";

const reload = async (user: User) => (await db.select().from(users).where(eq(users.id, user.id)))[0]!;
const typed = { firstName: "Ana", lastName: "Sol", locale: "de", timeZone: "Europe/Berlin", defaultMailboxId: "" };

describe("the profile", () => {
  test("is saved, follows into every account, and leaves one event with the difference", async () => {
    const { user, member, account, browser } = await admin("viewer");
    await browser.post("/profile", { ...typed, version: "1" }).expect(303);
    expect(await reload(user)).toMatchObject({ firstName: "Ana", locale: "de", version: 2 });
    expect(await reloadMember(member.id)).toMatchObject({ firstName: "Ana", lastName: "Sol" });
    expect((await eventsOf(account.id)).filter((name) => name === "user.profile_changed")).toHaveLength(1);
    expect((await browser.get("/profile")).text).toContain("Profil");
  });

  test("is for people who are signed in", async () => {
    for (const path of ["/profile", "/profile/security", "/profile/notifications", "/accounts", "/accounts/new"]) {
      expect((await new Browser().get(path).expect(303)).headers.location).toContain("/sign-in?next=");
    }
  });

  test("T56 keeps what was typed when it changed meanwhile, and saves it when sent again", async () => {
    const { user, browser } = await admin("viewer");
    await browser.post("/profile", { ...typed, version: "1" }).expect(303);
    const late = await browser.post("/profile", { ...typed, firstName: "Late", version: "1" }).expect(409);
    expect(late.text).toContain('value="Late"');
    expect(late.text).toContain('name="version" value="2"');
    await browser.post("/profile", { ...typed, firstName: "Late", version: "2" }).expect(303);
    expect(await reload(user)).toMatchObject({ firstName: "Late" });
  });

  test("T57 takes no field that the form does not have", async () => {
    const { user, browser } = await admin("viewer");
    const extra = {
      email: "x@x.example",
      instanceAdmin: "true",
      emailProvenAt: "",
      passwordHash: "x",
      corporateAccountId: "",
    };
    await browser.post("/profile", { ...typed, ...extra, version: "1" }).expect(303);
    expect(await reload(user)).toMatchObject({
      email: user.email,
      instanceAdmin: false,
      passwordHash: user.passwordHash,
    });
  });

  test.each([
    ["firstName", "", "Enter a first name."],
    ["firstName", "x".repeat(101), "At most 100 characters"],
    ["lastName", "\u202Eevil", "a character that cannot be shown"],
    ["locale", "fr", "Choose a language"],
    ["timeZone", "Mars/Olympus", "Choose a time zone"],
    ["defaultMailboxId", "nothing", "Choose a mailbox"],
  ])("refuses %s = %s", async (field, value, message) => {
    const { browser } = await admin("viewer");
    expect((await browser.post("/profile", { ...typed, version: "1", [field]: value }).expect(422)).text).toContain(
      message,
    );
  });

  test("offers the mailboxes that the person may read, and no others", async () => {
    const { account, member, user, browser } = await admin();
    const [mine, closed] = [await create.mailbox(account), await create.mailbox(account)];
    const foreign = await create.mailbox(await create.account());
    await create.grant(member, { systemRole: "mailbox_reader" }, mine);
    const page = (await browser.get("/profile").expect(200)).text;
    expect(page).toContain(mine.address);
    expect(page).not.toContain(closed.address);
    expect(page).not.toContain(foreign.address);

    await browser.post("/profile", { ...typed, version: "1", defaultMailboxId: closed.id }).expect(422);
    await browser.post("/profile", { ...typed, version: "1", defaultMailboxId: foreign.id }).expect(422);
    await browser.post("/profile", { ...typed, version: "1", defaultMailboxId: mine.id }).expect(303);
    expect(await reload(user)).toMatchObject({ defaultMailboxId: mine.id });
  });

  test("is read in the person's language, before signing in in the browser's", async () => {
    const german = await new Browser().get("/sign-in").set("Accept-Language", "de-CH,de;q=0.9");
    expect(german.text).toContain("Anmelden");
    expect((await new Browser().get("/sign-in").set("Accept-Language", "fr")).text).toContain("Sign in");
    const user = await create.user({ locale: "de" });
    const page = (await browserOf(user)).get("/profile").set("Accept-Language", "en");
    expect((await page).text).toContain("Zeitzone");
  });
});

describe("sessions", () => {
  test("are listed with device and address, this one marked", async () => {
    const { user, browser } = await admin("viewer");
    const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1";
    await new Browser()
      .post("/sign-in", { email: user.email, password: "correct horse battery staple" })
      .set("User-Agent", phone);
    const page = (await browser.get("/profile/security").expect(200)).text;
    expect(page).toContain("Safari on iPhone");
    expect(page).toContain("127.0.0.1");
    expect(page.match(/This session/g)).toHaveLength(1);
  });

  test("end one by one, and all others at once; each is one event", async () => {
    const { user, account, browser } = await admin("viewer");
    const others = [await browserOf(user), await browserOf(user), await browserOf(user)];
    const [, id] = (await browser.get("/profile/security")).text.match(/sessions\/([0-9a-f]{64})\/end/) ?? [];
    await browser.post(`/profile/security/sessions/${id}/end`).expect(303);
    const still = await Promise.all(others.map(async (other) => (await other.get("/profile")).status));
    expect(still.toSorted()).toEqual([200, 200, 303]);

    await browser.post("/profile/security/sessions/end-others").expect(303);
    for (const other of others) await other.get("/profile").expect(303);
    await browser.get("/profile").expect(200);
    expect((await eventsOf(account.id)).filter((name) => name === "session.ended")).toHaveLength(2);
  });

  test("T49 of other people are not found", async () => {
    const { browser } = await admin("viewer");
    const other = await admin("viewer");
    const second = await browserOf(other.user);
    const [, id] = (await other.browser.get("/profile/security")).text.match(/sessions\/([0-9a-f]{64})\/end/) ?? [];
    await browser.post(`/profile/security/sessions/${id}/end`).expect(404);
    await second.get("/profile").expect(200);
  });

  test.each([
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
      "Edge on Windows",
    ],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
      "Safari on macOS",
    ],
    ["Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"],
    ["curl/8.0", "Unknown device"],
  ])("%s is %s", (agent, words) => {
    expect(deviceWords(agent)).toBe(words);
  });
});

describe("notifications", () => {
  const ring = (user: User, accountId: string) =>
    db.transaction((tx) =>
      notify(tx, {
        userId: user.id,
        accountId,
        kind: "invite.accepted",
        subjectId: crypto.randomUUID(),
        data: { name: "Ben Moss" },
        mail: "invite_accepted",
      }),
    );

  test("ring until they are read", async () => {
    const { user, account, browser } = await admin("viewer");
    await ring(user, account.id);
    const page = (await browser.get("/profile/notifications").expect(200)).text;
    expect(page).toContain(`Ben Moss accepted your invitation to ${account.name}.`);
    await browser.post("/profile/notifications/read").expect(303);
    expect((await browser.get("/profile/notifications")).text).not.toContain("Mark all as read");
  });

  test("come by bell, by mail, by both or not at all, as the person chose", async () => {
    const { user, account, browser } = await admin("viewer");
    const mailsOf = async () => (await db.query.mails.findMany()).filter(({ data }) => data.userId === user.id).length;
    const bellsOf = async () => (await db.select().from(notifications).where(eq(notifications.userId, user.id))).length;

    await browser.post("/profile/notifications/choices", { bell: ["invite.accepted"] }).expect(303);
    await ring(user, account.id);
    expect([await bellsOf(), await mailsOf()]).toEqual([1, 0]);
    await browser.post("/profile/notifications/choices", { mail: ["invite.accepted"] }).expect(303);
    await ring(user, account.id);
    expect([await bellsOf(), await mailsOf()]).toEqual([1, 1]);
    await browser.post("/profile/notifications/choices", {}).expect(303);
    await ring(user, account.id);
    expect([await bellsOf(), await mailsOf()]).toEqual([1, 1]);
    await browser.post("/profile/notifications/choices", { bell: ["everything"] }).expect(422);
  });

  test("page back in time, whatever the link says", async () => {
    const { user, account, browser } = await admin("viewer");
    for (let i = 0; i < 32; i++) await ring(user, account.id);
    const [, older] = (await browser.get("/profile/notifications")).text.match(/before=([^"]+)"/) ?? [];
    const page = (await browser.get(`/profile/notifications?before=${older}`).expect(200)).text;
    expect(page.match(/Ben Moss accepted/g)).toHaveLength(2);
    for (const before of ["x", "-271821-04-20T00:00:00Z", crypto.randomUUID(), "\u0000"]) {
      await browser.get(`/profile/notifications?before=${encodeURIComponent(before)}`).expect(200);
    }
  });

  test("of other people are not shown", async () => {
    const other = await admin("viewer");
    await ring(other.user, other.account.id);
    const { browser } = await admin("viewer");
    expect((await browser.get("/profile/notifications")).text).not.toContain("Ben Moss");
  });
});

describe("signposts", () => {
  test("/.well-known/change-password leads to the form", async () => {
    const answer = await new Browser().get("/.well-known/change-password").expect(303);
    expect(answer.headers.location).toBe("/profile/security");
  });

  test("/.well-known/security.txt says whom to tell, and is not out of date", async () => {
    const answer = await new Browser().get("/.well-known/security.txt").expect(200);
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.text).toContain("Contact: mailto:muster@muster.test");
    const expires = Date.parse(answer.text.match(/^Expires: (.+)$/m)![1]!);
    expect(expires).toBeGreaterThan(Date.now() + 30 * 86_400_000);
    expect(expires).toBeLessThan(Date.now() + 366 * 86_400_000);
  });
});

test("T95 the events of the profile carry who, where and from which address", async () => {
  const { user, account, browser } = await admin("viewer");
  await browser.post("/profile", { ...typed, version: "1" }).expect(303);
  const rows = await db.select().from(events).where(eq(events.accountId, account.id));
  for (const row of rows) {
    expect(row).toMatchObject({
      actorId: user.id,
      actorLabel: user.email,
      ip: expect.any(String),
      requestId: expect.any(String),
    });
  }
});
