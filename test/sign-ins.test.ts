import { desc, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { events, mails, notifications, sessions, signIns, users } from "../src/db/schema.ts";
import { sweepers } from "../src/health/sweep.ts";
import { countryOf } from "../src/sign-ins/country.ts";
import { admin, Browser, browserOf, owner } from "./support/browser.ts";
import { linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { statementsOf } from "./support/statements.ts";
import { type Account, create, type Member, type User } from "./support/world.ts";

let account: Account;
let boss: Browser;

beforeAll(async () => {
  ({ account, browser: boss } = await owner());
});

const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const historyOf = (user: User) =>
  db.select().from(signIns).where(eq(signIns.userId, user.id)).orderBy(desc(signIns.id));

/** Somebody whose profile the account manages, or who manages their own. */
async function person(corporate = true): Promise<{ user: User; member: Member }> {
  const user = await create.user(corporate ? { corporateAccountId: account.id } : {});
  return { user, member: await create.member(account, user, { corporate }) };
}

describe("one's own sign-ins", () => {
  test("each is kept with how, where and with what; one that was refused as well", async () => {
    const { user } = await person();
    const browser = new Browser();
    browser.agent.set("User-Agent", windows);
    await browser.post("/sign-in", { email: user.email, password: "wrong" }).expect(422);
    await browser.signIn(user.email);
    const [open] = await db.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(await historyOf(user)).toMatchObject([
      { outcome: "signed_in", method: "password", userAgent: windows, newDevice: false, sid: open!.sid },
      { outcome: "refused", method: "password", userAgent: windows, newDevice: false, sid: null },
    ]);
    const page = await browser.get("/profile/security/sign-ins").expect(200);
    expect(page.text.match(/Firefox on Windows/g)).toHaveLength(2);
    expect(page.text).toContain("Still signed in");
    expect(page.text).toContain("Refused");
    const stranger = await new Browser().get("/profile/security/sign-ins").expect(303);
    expect(stranger.headers.location).toContain("/sign-in");
  });

  test("nobody sees those of others, and 25 stand on a page", async () => {
    const [{ user }, { user: other }] = [await person(), await person()];
    await db.insert(signIns).values({ userId: other.id, outcome: "refused", ip: "203.0.113.77" });
    const old = Array.from(
      { length: 30 },
      (_, n) => ({ userId: user.id, outcome: "refused", ip: `198.51.100.${n}` }) as const,
    );
    await db.insert(signIns).values(old);
    const browser = await browserOf(user);
    const page = await browser.get("/profile/security/sign-ins").expect(200);
    expect(page.text).not.toContain("203.0.113.77");
    expect(page.text.match(/198\.51\.100\./g)).toHaveLength(24);
    const [next] = page.text.match(/sign-ins\?before=\d+/)!;
    const older = await browser.get(`/profile/security/${next}`).expect(200);
    expect(older.text.match(/198\.51\.100\./g)).toHaveLength(6);
    await browser.get("/profile/security/sign-ins?before=x").expect(200);
  });

  test("T33 an address that nobody has leaves no line, after the same statement", async () => {
    const { user } = await person();
    const before = await db.$count(signIns);
    const asked = async (email: string) =>
      (await statementsOf(() => new Browser().post("/sign-in", { email, password: "wrong" }).expect(422)))
        .filter((text) => text.includes("sign_ins"))
        .map((text) => text.replaceAll(/\s+/g, " "));
    const unknown = await asked("nobody.here@people.test");
    expect(await db.$count(signIns)).toBe(before);
    expect(await asked(user.email)).toEqual(unknown);
    expect(unknown).toHaveLength(1);
    expect(await db.$count(signIns)).toBe(before + 1);
  });

  test("are kept for a year", async () => {
    const { user } = await person();
    const at = (days: number) => new Date(Date.now() - days * 86_400_000);
    await db
      .insert(signIns)
      .values([364, 367].map((days) => ({ userId: user.id, outcome: "refused" as const, at: at(days) })));
    for (const sweep of sweepers) await sweep(100);
    expect(await historyOf(user)).toHaveLength(1);
  });

  test("the place is the country of the network address, and none where nobody knows", () => {
    expect(["8.8.8.8", "217.0.0.1", "::ffff:217.0.0.1", "2a00:1450:4001::1"].map(countryOf)).toEqual([
      "US",
      "DE",
      "DE",
      "IE",
    ]);
    expect(["127.0.0.1", "10.1.2.3", "::1", "fe80::1", "nonsense", "", undefined].map(countryOf)).toEqual(
      Array(7).fill(""),
    );
  });
});

describe("a new device", () => {
  test("is told of by mail and bell, once, in the person's language; not at the first sign-in, nor on a known device", async () => {
    const { user } = await person();
    await db.update(users).set({ locale: "de" }).where(eq(users.id, user.id));
    const laptop = new Browser();
    await laptop.signIn(user.email);
    await laptop.post("/sign-out");
    await laptop.signIn(user.email);
    await runJobs();
    expect(mailsTo(user.email)).toEqual([]);

    const other = new Browser();
    other.agent.set("User-Agent", windows).set("X-Forwarded-For", "217.0.0.1");
    await other.signIn(user.email);
    await other.post("/sign-out");
    await other.signIn(user.email);
    await runJobs();
    expect(mailsTo(user.email)).toHaveLength(1);
    const mail = mailTo(user.email);
    expect(mail.subject).toBe("Neue Anmeldung an einem Gerät, das Sie zuvor nicht benutzt hatten");
    expect(mail.text).toContain("Firefox unter Windows");
    expect(linkIn(mail)).toBe("/profile/security/sign-ins");
    expect((await historyOf(user)).map(({ newDevice }) => newDevice)).toEqual([false, true, false, false]);
    const bells = await db.select().from(notifications).where(eq(notifications.userId, user.id));
    expect(bells.map(({ kind }) => kind)).toEqual(["sign_in.new_device"]);
    expect((await other.get("/profile/notifications").expect(200)).text).toContain("Firefox unter Windows");
  });

  test("the bell can be switched off, the mail cannot", async () => {
    const { user } = await person();
    const browser = await browserOf(user);
    await browser.post("/profile/notifications/choices", { bell: [], mail: [] }).expect(303);
    const page = await browser.get("/profile/notifications").expect(200);
    expect(page.text).toMatch(/name="mail" value="sign_in.new_device"[^>]*checked disabled/);
    await new Browser().signIn(user.email);
    expect(await db.select().from(notifications).where(eq(notifications.userId, user.id))).toEqual([]);
    const ordered = await db.select().from(mails).where(eq(mails.subjectId, user.id));
    expect(ordered.map(({ kind }) => kind)).toEqual(["new_device"]);
  });

  test("a wrong password on one sends nothing", async () => {
    const { user } = await person();
    await new Browser().signIn(user.email);
    await new Browser().post("/sign-in", { email: user.email, password: "wrong" }).expect(422);
    expect(await db.select().from(mails).where(eq(mails.subjectId, user.id))).toEqual([]);
  });
});

describe("an administrator and the sessions of a corporate user", () => {
  test("sees them with the history, ends one, and all; the person is signed out and told by mail", async () => {
    const { user, member } = await person();
    const [one, two] = [await browserOf(user), await browserOf(user)];
    const base = `/admin/users/${member.id}`;
    const page = await boss.get(`${base}/sign-ins`).expect(200);
    const doors = [...page.text.matchAll(/action="([^"]+\/sessions\/[0-9a-f]{64}\/end)"/g)].map(([, door]) => door!);
    expect(doors).toHaveLength(2);
    await boss.post(doors[0]!).expect(303);
    const left = await Promise.all([one, two].map(async (browser) => (await browser.get("/profile")).status));
    expect(left.sort()).toEqual([200, 303]);
    await boss.post(doors[0]!).expect(404);
    await boss.post(`${base}/sessions/end`).expect(303);
    for (const browser of [one, two]) await browser.get("/profile").expect(303);
    await boss.post(`${base}/sessions/end`).expect(409);

    const written = await db
      .select()
      .from(events)
      .where(eq(events.subjectId, user.id))
      .orderBy(desc(events.id))
      .limit(2);
    expect(written).toMatchObject([
      { name: "session.ended", accountId: account.id, before: { sessions: 1 } },
      { name: "session.ended", accountId: account.id, before: { ip: "127.0.0.1" } },
    ]);
    await runJobs();
    const told = mailsTo(user.email).filter(({ subject }) => subject === "An administrator signed you out");
    expect(told).toHaveLength(2);
    expect(told[0]!.text).toContain(account.name);
  });

  test("T54 is refused without the right, for somebody who holds more, and for people whose profile is their own", async () => {
    const { user, member } = await person();
    await browserOf(user);
    const paths = ["sign-ins", "sessions/end"];
    const viewer = await create.colleague(account, ["viewer"]);
    const looks = await browserOf(viewer.user, account);
    await looks.get(`/admin/users/${member.id}/${paths[0]}`).expect(403);
    await looks.post(`/admin/users/${member.id}/${paths[1]}`).expect(403);

    const editor = await create.colleague(account, ["users.edit", "users.view"]);
    await create.grant(member, { systemRole: "owner" });
    const edits = await browserOf(editor.user, account);
    expect((await edits.get(`/admin/users/${member.id}/sign-ins`).expect(200)).text).not.toContain("/sessions/end");
    await edits.post(`/admin/users/${member.id}/sessions/end`).expect(403);

    const free = await person(false);
    const page = await boss.get(`/admin/users/${free.member.id}/sign-ins`).expect(403);
    expect(page.text).toContain("profile is their own");
    await boss.post(`/admin/users/${free.member.id}/sessions/end`).expect(403);
    expect(await db.$count(sessions, eq(sessions.userId, user.id))).toBe(1);
  });

  test("T49 of a neighbour are not found", async () => {
    const stranger = await admin("owner");
    const { user, member } = await person();
    await browserOf(user);
    const [live] = await db.select().from(sessions).where(eq(sessions.userId, user.id));
    const { sid } = live!;
    await stranger.browser.get(`/admin/users/${member.id}/sign-ins`).expect(404);
    await stranger.browser.post(`/admin/users/${member.id}/sessions/end`).expect(404);
    await stranger.browser.post(`/admin/users/${member.id}/sessions/${sid}/end`).expect(404);
    // Nor does a member's own page end the session of somebody else.
    const other = await person();
    await boss.post(`/admin/users/${other.member.id}/sessions/${sid}/end`).expect(404);
    expect(await db.$count(sessions, eq(sessions.userId, user.id))).toBe(1);
  });
});
