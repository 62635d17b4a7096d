import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { hashOf } from "../src/access/secrets.ts";
import { db } from "../src/db/client.ts";
import { events, offboardings, sessions, totpSecrets, trustedDevices, users } from "../src/db/schema.ts";
import { sweepers } from "../src/health/sweep.ts";
import { keptOf } from "../src/offboarding-receipts/receipt.ts";
import { endAllSessions } from "../src/sessions/end-all.ts";
import { basisOf } from "../src/trusted-devices/basis.ts";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { codeOf, forgetGuesses, giveApp, secretOfApp } from "./support/factors.ts";
import { mailsTo, runJobs } from "./support/outbox.ts";
import { Device } from "./support/passkeys.ts";
import { ageProof } from "./support/proof.ts";
import { type Account, create, eventsOf, password, type User } from "./support/world.ts";

const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const room = "/profile/security/trusted-devices";

let account: Account;
let user: User;

beforeEach(async () => {
  account = await create.account();
  ({ user } = await create.colleague(account, ["owner"]));
  await giveApp(user);
});

const rowsOf = (who: User) => db.select().from(trustedDevices).where(eq(trustedDevices.userId, who.id));
const landing = async (browser: Browser, who = user, secret = password) =>
  (await browser.post("/sign-in", { email: who.email, password: secret }).expect(303)).headers.location;

/** A code of somebody's app that was not taken yet, whatever was before. */
async function freshCode(who: User): Promise<string> {
  await forgetGuesses();
  await db.update(totpSecrets).set({ lastStep: null }).where(eq(totpSecrets.userId, who.id));
  return codeOf(await secretOfApp(who));
}

/** Signs somebody in where they are trusted from then on; returns the browser and what its cookie says. */
async function trusted(who = user, browser = new Browser()) {
  browser.agent.set("User-Agent", windows);
  expect(await landing(browser, who)).toBe("/sign-in/second");
  const answer = await browser.post("/sign-in/second", { code: await freshCode(who), trust: "on" }).expect(303);
  const cookies = answer.headers["set-cookie"] as unknown as string[];
  const cookie = cookies.find((each) => each.startsWith("muster-trusted="))!;
  return { browser, cookie, token: cookie.match(/=([\w-]{43})/)![1]! };
}

/** Whether a browser with this in its cookie is let in by the password alone. */
async function letIn(value: string, who = user): Promise<boolean> {
  const answer = await new Browser().agent
    .post("/sign-in")
    .redirects(0)
    .set("Origin", process.env.BASE_URL!)
    .set("Cookie", `muster-trusted=${value}`)
    .type("form")
    .send({ email: who.email, password });
  expect(answer.status).toBe(303);
  return answer.headers.location !== "/sign-in/second";
}

describe("the list of trusted devices", () => {
  test("T102 names each by browser and system, says which one this is and when it served; only a hash is kept", async () => {
    const plain = await browserOf(await create.user());
    expect((await plain.get("/profile/security").expect(200)).text).not.toContain("Trusted devices");
    const { browser, cookie, token } = await trusted();
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
    const page = async () => (await browser.get("/profile/security").expect(200)).text;
    for (const words of ["Trusted devices", "Firefox on Windows", "This device", "Not used yet"])
      expect(await page()).toContain(words);
    const [row] = await rowsOf(user);
    expect(row).toMatchObject({ hash: hashOf(token), lastUsedAt: null });
    expect(+row!.endsAt - +row!.createdAt).toBe(30 * 86_400_000);
    expect(JSON.stringify(row)).not.toContain(token);

    await browser.post("/sign-out").expect(303);
    expect(await landing(browser)).toBe("/");
    expect((await rowsOf(user))[0]!.lastUsedAt).not.toBeNull();
    expect(await page()).not.toContain("Not used yet");
    expect(await eventsOf(account.id)).toContain("user.device_trusted");

    await db.update(users).set({ locale: "de" }).where(eq(users.id, user.id));
    for (const words of ["Vertraute Geräte", "Firefox unter Windows", "Dieses Gerät"])
      expect(await page()).toContain(words);
  });

  test("without one it says that every sign-in asks", async () => {
    const browser = new Browser();
    await landing(browser);
    await browser.post("/sign-in/second", { code: await freshCode(user) }).expect(303);
    expect(await rowsOf(user)).toEqual([]);
    expect((await browser.get("/profile/security").expect(200)).text).toContain("None: every sign-in asks");
  });

  test("holds fifty at most, the longest unused go; the same device stands once", async () => {
    const { browser } = await trusted();
    await db.execute(sql`
      insert into trusted_devices (user_id, hash, basis, ends_at, created_at)
      select user_id, hash || n, basis, ends_at, created_at - make_interval(mins => n) from trusted_devices, generate_series(1, 60) n
      where user_id = ${user.id}`);
    await db.update(trustedDevices).set({ endsAt: new Date() }).where(eq(trustedDevices.userAgent, windows));
    await browser.post("/sign-out").expect(303);
    const { token } = await trusted(user, browser);
    const rows = await rowsOf(user);
    expect(rows).toHaveLength(50);
    expect(rows.filter(({ userAgent }) => userAgent === windows)).toMatchObject([{ hash: hashOf(token) }]);
  });
});

describe("ending the trust", () => {
  test("T102 one of them: the next sign-in there asks again, elsewhere it does not, and nobody is signed out", async () => {
    const [first, second] = [await trusted(), await trusted()];
    const row = (await rowsOf(user)).find(({ hash }) => hash === hashOf(first.token))!;
    await ageProof(user);
    const answer = await second.browser.post(`${room}/${row.id}/end`).expect(303);
    expect(answer.headers.location).toBe("/profile/security");
    expect((await second.browser.get("/profile/security").expect(200)).text).toContain(
      "asks for the second factor again: Firefox on Windows.",
    );
    await first.browser.get("/profile").expect(200);
    expect([await letIn(first.token), await letIn(second.token)]).toEqual([false, true]);
    await second.browser.post(`${room}/${row.id}/end`).expect(404);
    const [event] = await db.select().from(events).where(eq(events.name, "user.device_trust_ended")).limit(1);
    expect(event).toMatchObject({ accountId: account.id, actorId: user.id, before: { device: "Firefox on Windows" } });
  });

  test("T49 those of others are not found, whoever asks; strangers are sent to the door", async () => {
    const { token } = await trusted();
    const [row] = await rowsOf(user);
    const other = await browserOf(await create.user());
    for (const id of [row!.id, crypto.randomUUID(), "nonsense"]) await other.post(`${room}/${id}/end`).expect(404);
    await other.post(`${room}/end`).expect(303);
    for (const path of [`${room}/${row!.id}/end`, `${room}/end`])
      expect((await new Browser().post(path).expect(303)).headers.location).toMatch(/^\/sign-in/);
    expect(await letIn(token)).toBe(true);
  });

  test("of two who end one at once, one does; all of them end together, with one event that counts them", async () => {
    const [first, second] = [await trusted(), await trusted()];
    const [row] = await rowsOf(user);
    const at = (browser: Browser) => browser.post(`${room}/${row!.id}/end`);
    const statuses = (await Promise.all([at(first.browser), at(second.browser)])).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([303, 404]);
    await trusted();
    await second.browser.post(`${room}/end`).expect(303);
    expect((await second.browser.get("/profile/security").expect(200)).text).toContain(
      "2 devices are not trusted any more.",
    );
    expect(await rowsOf(user)).toEqual([]);
    for (const { token } of [first, second]) expect(await letIn(token)).toBe(false);
    const ended = await db.select().from(events).where(eq(events.actorId, user.id)).orderBy(events.id);
    expect(ended.at(-1)).toMatchObject({ name: "user.device_trust_ended", before: { devices: 2 } });
    await second.browser.post(`${room}/end`).expect(303);
    expect(await db.$count(events, eq(events.name, "user.device_trust_ended"))).toBe(3);
  });

  test("two people share a device: ending one's trust leaves the other's", async () => {
    const { browser } = await trusted();
    const other = await create.user();
    await giveApp(other);
    await browser.post("/sign-out").expect(303);
    await trusted(other, browser);
    await browser.post(`${room}/end`).expect(303);
    await browser.post("/sign-out").expect(303);
    expect(await landing(browser, other)).toBe("/sign-in/second");
    expect(await landing(browser)).toBe("/");
  });
});

describe("an administrator and the trusted devices of a corporate user", () => {
  /** Somebody whose profile the account manages, with a second factor; `trusted()` signs them in where it is not asked for. */
  async function person(corporate = true) {
    const made = await create.user(corporate ? { corporateAccountId: account.id } : {});
    await giveApp(made);
    return { user: made, member: await create.member(account, made, { corporate }) };
  }
  const bossOf = async () => browserOf((await create.colleague(account, ["owner"])).user, account);
  const doors = (html: string) =>
    [...html.matchAll(/action="([^"]+\/trusted-devices\/[^"]*end)"/g)].map(([, door]) => door!);

  test("sees them beside the sessions, ends one, and all; nobody is signed out, the person is told by mail", async () => {
    const boss = await bossOf();
    const { user: ana, member } = await person();
    const page = async () => (await boss.get(`/admin/users/${member.id}/sign-ins`).expect(200)).text;
    expect(await page()).toContain("None: every sign-in asks for the second factor.");

    const devices = [await trusted(ana), await trusted(ana), await trusted(ana)];
    for (const words of ["Trusted devices", "Firefox on Windows", "Not used yet"])
      expect(await page()).toContain(words);
    const [all, first] = doors(await page());
    await boss.post(first!).expect(303);
    expect(await page()).toContain("1 device is not trusted any more.");
    await boss.post(first!).expect(404);
    const open = await Promise.all(devices.map(({ token }) => letIn(token, ana)));
    expect(open.filter(Boolean)).toHaveLength(2);
    await boss.post(all!).expect(303);
    expect(await page()).toContain("2 devices are not trusted any more.");
    for (const { token } of devices) expect(await letIn(token, ana)).toBe(false);
    for (const { browser } of devices) await browser.get("/profile").expect(200);
    await boss.post(all!).expect(409);

    const written = await db.select().from(events).where(eq(events.subjectId, ana.id)).orderBy(events.id);
    expect(written.filter(({ name }) => name === "user.device_trust_ended")).toMatchObject([
      { accountId: account.id, before: { device: "Firefox on Windows" } },
      { accountId: account.id, before: { devices: 2 } },
    ]);
    await runJobs();
    const told = mailsTo(ana.email).filter(({ subject }) => subject === "Signing in asks for your second factor again");
    expect(told).toHaveLength(2);
    for (const words of [account.name, "Nobody is signed out"]) expect(told[0]!.text).toContain(words);
  });

  test("ends all sessions, and the trust with them; one session leaves it", async () => {
    const boss = await bossOf();
    const { user: ana, member } = await person();
    const [one, other] = [await trusted(ana), await trusted(ana)];
    const path = `/admin/users/${member.id}/sign-ins`;
    const end = async () =>
      [...(await boss.get(path).expect(200)).text.matchAll(/action="([^"]+\/sessions\/[^"]*end)"/g)].map(
        ([, door]) => door!,
      );
    const doors = await end();
    await boss.post(doors.find((door) => !door.endsWith("/sessions/end"))!).expect(303);
    for (const { token } of [one, other]) expect(await letIn(token, ana)).toBe(true);
    await boss.post(`${path.replace("sign-ins", "sessions")}/end`).expect(303);
    for (const { token } of [one, other]) expect(await letIn(token, ana)).toBe(false);
  });

  test("sees no card where there is no second factor, and only their own without buttons", async () => {
    const boss = await bossOf();
    const plain = await create.user({ corporateAccountId: account.id });
    const { id } = await create.member(account, plain, { corporate: true });
    expect((await boss.get(`/admin/users/${id}/sign-ins`).expect(200)).text).not.toContain("Trusted devices");

    const self = await create.colleague(account, ["owner"], { corporateAccountId: account.id });
    await giveApp(self.user);
    const { browser } = await trusted(self.user);
    const { text } = await browser.get(`/admin/users/${self.member.id}/sign-ins`).expect(200);
    expect(text).toContain("These are your own devices.");
    expect(doors(text)).toEqual([]);
    await browser.post(`/admin/users/${self.member.id}/trusted-devices/end`).expect(409);
  });

  test("T54 is refused without the right, for somebody who holds more, and for people whose profile is their own", async () => {
    const { user: ana, member } = await person();
    const { token } = await trusted(ana);
    const [row] = await rowsOf(ana);
    const paths = (id: string) => ["end", `${row!.id}/end`].map((end) => `/admin/users/${id}/trusted-devices/${end}`);
    const looks = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    for (const path of paths(member.id)) await looks.post(path).expect(403);

    const editor = await create.colleague(account, ["users.edit", "users.view"]);
    const edits = await browserOf(editor.user, account);
    await create.grant(member, { systemRole: "owner" });
    const { text } = await edits.get(`/admin/users/${member.id}/sign-ins`).expect(200);
    expect([text.includes("Firefox on Windows"), doors(text)]).toEqual([true, []]);
    for (const path of paths(member.id)) await edits.post(path).expect(403);

    const free = await person(false);
    for (const path of paths(free.member.id)) await edits.post(path).expect(403);
    expect(await letIn(token, ana)).toBe(true);
  });

  test("T49 those of a neighbour are not found, nor one’s own user’s under another user", async () => {
    const { user: ana, member } = await person();
    const { token } = await trusted(ana);
    const [row] = await rowsOf(ana);
    const { browser: stranger } = await owner();
    for (const end of ["end", `${row!.id}/end`])
      await stranger.post(`/admin/users/${member.id}/trusted-devices/${end}`).expect(404);
    const boss = await bossOf();
    const other = await person();
    for (const id of [row!.id, crypto.randomUUID(), "nonsense"])
      await boss.post(`/admin/users/${other.member.id}/trusted-devices/${id}/end`).expect(404);
    expect(await letIn(token, ana)).toBe(true);
  });
});

describe("what a device shows", () => {
  test("T102 made up, somebody else's, from before or over opens nothing", async () => {
    const other = await create.user();
    await giveApp(other);
    const [{ token }, theirs] = [await trusted(), await trusted(other)];
    const [row] = await rowsOf(user);
    const made = "A".repeat(43);
    for (const value of [
      made,
      row!.hash,
      theirs.token,
      `${token}x`,
      `1795000000000.${made}`,
      `${Array(5).fill(made).join("~")}~${token}`,
      "",
    ])
      expect([value, await letIn(value)]).toEqual([value, false]);
    expect(await letIn(token, other)).toBe(false);
    expect(await letIn(`${made}~${token}`)).toBe(true);
    await db.update(trustedDevices).set({ endsAt: new Date() }).where(eq(trustedDevices.id, row!.id));
    expect(await letIn(token)).toBe(false);
    for (const sweep of sweepers) await sweep(100);
    expect([await rowsOf(user), (await rowsOf(other)).length]).toEqual([[], 1]);
  });
});

describe("T37 T102 it ends with", () => {
  const another = "another long enough secret";

  test("another password, chosen or reset, and whatever sign-in with trust is under way beside it", async () => {
    const { browser } = await trusted();
    await browser.post("/profile/security/password", { current: password, password: another }).expect(303);
    expect(await rowsOf(user)).toEqual([]);
    await browser.post("/sign-out").expect(303);
    expect(await landing(browser, user, another)).toBe("/sign-in/second");

    await browser.post("/sign-in/second", { code: await freshCode(user), trust: "on" }).expect(303);
    await new Browser().post("/forgot", { email: user.email }).expect(200);
    await runJobs();
    const [, link] = mailsTo(user.email)
      .map(({ text }) => text.match(/http:\/\/localhost:\d+(\/reset\/\S+)/))
      .find(Boolean)!;
    const beside = new Browser();
    expect(await landing(beside, user, another)).toBe("/sign-in/second");
    const code = await freshCode(user);
    await Promise.all([
      beside.post("/sign-in/second", { code, trust: "on" }),
      new Browser().post(link!, { password: "yet one more quite unguessable thing" }).expect(303),
    ]);
    for (const each of [browser, beside]) {
      await each.post("/sign-out");
      expect(await landing(each, user, "yet one more quite unguessable thing")).toBe("/sign-in/second");
    }
    expect(await rowsOf(user)).toEqual([]);
  });

  test("every change of the factors: a passkey more or less, the app taken off", async () => {
    const { browser, token } = await trusted();
    const key = await new Device().give(user);
    expect(await letIn(token)).toBe(false);
    expect((await browser.get("/profile/security").expect(200)).text).toContain("None: every sign-in asks");

    const again = await trusted();
    expect(await rowsOf(user)).toHaveLength(1);
    await again.browser.post(`/profile/security/passkeys/${key.id}/removal`).expect(303);
    expect([await letIn(again.token), await letIn(token)]).toEqual([false, false]);
    await new Device().give(user);
    const third = await trusted();
    await third.browser.post("/profile/security/authenticator/removal").expect(303);
    expect(await letIn(third.token)).toBe(false);
  });

  test("a factor that came and went: what its coming ended does not begin again", async () => {
    const keyed = await trusted();
    const key = await new Device().give(user);
    expect(await letIn(keyed.token)).toBe(false);
    await keyed.browser.post(`/profile/security/passkeys/${key.id}/removal`).expect(303);
    expect(await letIn(keyed.token)).toBe(false);
    expect((await keyed.browser.get("/profile/security").expect(200)).text).toContain("None: every sign-in asks");

    // The other way round: trusted with a passkey alone, the app came and went.
    const [app] = await db.select().from(totpSecrets).where(eq(totpSecrets.userId, user.id));
    await new Device().give(user);
    const both = await trusted();
    await db.delete(totpSecrets).where(eq(totpSecrets.userId, user.id));
    const basis = sql`(select ${basisOf} from users u where u.id = ${user.id})`;
    await db.execute(sql`update trusted_devices set basis = ${basis} where user_id = ${user.id}`);
    expect(await letIn(both.token)).toBe(true);
    await db.insert(totpSecrets).values(app!);
    expect(await letIn(both.token)).toBe(false);
    await both.browser.post("/profile/security/authenticator/removal").expect(303);
    expect(await letIn(both.token)).toBe(false);
  });

  test("a session that is ended while its sign-in still trusts the device: neither is left", async () => {
    const browser = new Browser();
    expect(await landing(browser)).toBe("/sign-in/second");
    const code = await freshCode(user);
    const here = () => db.$count(sessions, eq(sessions.userId, user.id));
    const answer = await db.transaction(async (tx) => {
      await tx.execute(sql`lock table trusted_devices in share row exclusive mode`);
      const posted = browser.post("/sign-in/second", { code, trust: "on" }).then(({ status }) => status);
      while ((await here()) === 0) await sleep(10);
      await endAllSessions(tx, user.id);
      return { posted };
    });
    expect(await answer.posted).toBe(303);
    expect([await here(), await rowsOf(user)]).toEqual([0, []]);
  });

  test("an administrator's reset, a block, an offboarding, which its receipt counts", async () => {
    const boss = await owner();
    const domain = await create.domain(boss.account, {
      status: "active",
      verifiedAt: new Date(),
      activatedAt: new Date(),
    });
    const managed = async () => {
      const email = `${crypto.randomUUID().slice(0, 8)}@${domain.name}`;
      const made = await create.colleague(boss.account, ["viewer"], { email, corporateAccountId: boss.account.id });
      await giveApp(made.user);
      return { ...made, token: (await trusted(made.user)).token };
    };
    const [ana, ben, cleo] = [await managed(), await managed(), await managed()];
    await boss.browser.post(`/admin/users/${ana.member.id}/factor-reset`).expect(303);
    expect(await rowsOf(ana.user)).toEqual([]);
    await giveApp(ana.user);
    expect(await letIn(ana.token, ana.user)).toBe(false);

    await boss.browser.post(`/admin/users/${ben.member.id}/block`).expect(303);
    await boss.browser.post(`/admin/users/${ben.member.id}/unblock`).expect(303);
    expect(await letIn(ben.token, ben.user)).toBe(false);

    const wish = { when: "now", at: "", note: "", owner: "", version: "", confirmation: cleo.user.email };
    const done = await boss.browser.post(`/admin/users/${cleo.member.id}/offboarding`, wish).expect(303);
    expect(await rowsOf(cleo.user)).toEqual([]);
    const values = { userId: cleo.user.id, hash: "put back", basis: "", endsAt: new Date(Date.now() + 60_000) };
    await db.insert(trustedDevices).values(values);
    await boss.browser.post(`${done.headers.location}/check`).expect(303);
    const [row] = await db.select().from(offboardings).where(eq(offboardings.memberId, cleo.member.id));
    const { first, again } = keptOf(row!.receipt)!;
    expect([first.counts.trustedDevices, again!.counts.trustedDevices]).toEqual([0, 1]);
    expect((await boss.browser.get(done.headers.location!).expect(200)).text).toContain("Trusted devices");
  });

  test("the profile, deleted or erased", async () => {
    const deleted = await create.user();
    await giveApp(deleted);
    for (const [who, path] of [
      [await create.user(), "/profile/erasure"],
      [deleted, "/profile/deletion"],
    ] as const) {
      if (who !== deleted) await giveApp(who);
      const { browser } = await trusted(who);
      await browser.post(path, { email: who.email, confirmation: password }).expect(303);
      expect([path, await rowsOf(who)]).toEqual([path, []]);
    }
  });
});
