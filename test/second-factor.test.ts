import { spawnSync } from "node:child_process";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { stepOf } from "../src/authenticator/code.ts";
import { db } from "../src/db/client.ts";
import { accounts, mails, recoveryCodes, sessions, totpSecrets, users } from "../src/db/schema.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { codeOf, forgetGuesses, giveApp, giveCodes, secretOfApp } from "./support/factors.ts";
import { mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { programOf } from "./support/programs.ts";
import { create, eventsOf, password, type User } from "./support/world.ts";

let user: User;
let accountId: string;

beforeEach(async () => {
  const account = await create.account();
  accountId = account.id;
  ({ user } = await create.colleague(account, ["owner"]));
});

const codesIn = (html: string) =>
  [...html.matchAll(/<li><code>((?:[a-z0-9]{4}-){6}[a-z0-9]{4})<\/code>/g)].map(([, code]) => code!);
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  String((answer.headers["set-cookie"] as string[] | undefined)?.find((each) => each.startsWith("muster=")));
/** With the right password, at the second page. */
async function halfway(fields: Record<string, string> = {}) {
  const browser = new Browser();
  const answer = await browser.post("/sign-in", { email: user.email, password, ...fields }).expect(303);
  expect(answer.headers.location).toBe("/sign-in/second");
  return browser;
}
const isIn = async (browser: Browser) => (await browser.get("/profile")).status === 200;

describe("an authenticator app", () => {
  test("T102 is set up with a code of it, shows its recovery codes once, and is asked for from then on", async () => {
    const browser = await browserOf(user);
    expect((await browser.get("/profile/security").expect(200)).text).toContain(
      "Your password alone opens your profile.",
    );
    await browser.post("/profile/security/authenticator/secret").expect(303);
    const secret = await secretOfApp(user);
    const page = await browser.get("/profile/security/authenticator").expect(200);
    expect(page.text).toContain(secret.match(/.{1,4}/g)!.join(" "));
    expect(page.text).toContain(`secret=${secret}`);
    expect(page.text).toMatch(/<svg class="qr".*<path d="M/s);

    await browser.post("/profile/security/authenticator", { code: "000000" }).expect(422);
    await new Browser().signIn(user.email);
    const done = await browser.post("/profile/security/authenticator", { code: codeOf(secret) }).expect(200);
    const codes = codesIn(done.text);
    expect(new Set(codes).size).toBe(10);
    expect((await browser.get("/profile/security").expect(200)).text).not.toContain(codes[0]);
    const kept = await db.select().from(recoveryCodes).where(eq(recoveryCodes.userId, user.id));
    expect(JSON.stringify(kept)).not.toContain(codes[0]);
    const [row] = await db.select().from(totpSecrets).where(eq(totpSecrets.userId, user.id));
    expect(row!.secret).not.toContain(secret);

    await halfway();
    await runJobs();
    expect(mailTo(user.email).subject).toBe("An authenticator app was added");
    expect(await eventsOf(accountId)).toContain("user.second_factor_added");
  });

  test("is removed with its recovery codes, and the mail says so; a second one waits for that", async () => {
    await giveApp(user);
    await giveCodes(user, "aaaa-bbbb-cccc-dddd");
    const browser = await halfway();
    await browser.post("/sign-in/second", { code: "aaaa-bbbb-cccc-dddd" }).expect(303);
    await browser.post("/profile/security/authenticator/secret").expect(409);
    expect((await browser.get("/profile/security/authenticator/removal").expect(200)).text).toContain("password alone");
    await browser.post("/profile/security/authenticator/removal").expect(303);
    expect(await db.select().from(recoveryCodes).where(eq(recoveryCodes.userId, user.id))).toEqual([]);
    await runJobs();
    expect(mailsTo(user.email).map(({ subject }) => subject)).toContain("Your authenticator app was removed");
    await new Browser().signIn(user.email);
  });

  test("T104 codes of the step before and after are taken, others not", () => {
    const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    const step = Math.floor(Date.now() / 30_000);
    for (const [steps, wanted] of [[-2], [-1, step - 1], [0, step], [1, step + 1], [2]] as [number, number?][])
      expect(stepOf(secret, codeOf(secret, steps))).toBe(wanted);
  });
});

describe("signing in with a second factor", () => {
  test("T102 the right password opens nothing yet; `remember` and `next` survive the second page", async () => {
    const secret = await giveApp(user);
    const browser = await halfway({ remember: "on", next: "/profile/invites" });
    for (const path of ["/profile", "/admin/users", "/accounts", "/confirm"])
      expect((await browser.get(path).expect(303)).headers.location, path).toMatch(/^\/sign-in/);
    expect((await browser.get("/sign-in/second").expect(200)).text).toContain(user.email);
    expect(await db.select().from(sessions).where(eq(sessions.userId, user.id))).toEqual([]);

    const answer = await browser.post("/sign-in/second", { code: codeOf(secret) }).expect(303);
    expect(answer.headers.location).toBe("/profile/invites");
    expect(await isIn(browser)).toBe(true);
    const [session] = await db.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(session!.sess).toMatchObject({ remember: true });
    expect(session!.sess).not.toHaveProperty("pending");
  });

  test("T39 each half of the door gives a new session id, and the old ones open nothing", async () => {
    const secret = await giveApp(user);
    const browser = new Browser();
    const ids: string[] = [];
    await browser.agent.get("/sign-in").set("Cookie", "muster=s%3Afixed.fixed");
    ids.push(cookieOf(await browser.post("/sign-in", { email: user.email, password })));
    ids.push(cookieOf(await browser.post("/sign-in/second", { code: codeOf(secret) })));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^muster=s%3A/);
    const half = await new Browser().agent.get("/profile").redirects(0).set("Cookie", ids[0]!.split(";")[0]!);
    expect(half.headers.location).toMatch(/^\/sign-in/);
    const rows = await db.execute(sql`select 1 from sessions where sess::text like ${`%${user.id}%`}`);
    expect(rows).toHaveLength(1);
  });

  test("T102 the second page without the first leads back to it", async () => {
    const secret = await giveApp(user);
    const stranger = new Browser();
    expect((await stranger.get("/sign-in/second").expect(303)).headers.location).toBe("/sign-in");
    expect((await stranger.post("/sign-in/second", { code: codeOf(secret) }).expect(303)).headers.location).toBe(
      "/sign-in",
    );
    expect(await isIn(stranger)).toBe(false);
    const browser = await halfway();
    await db.execute(sql`update sessions set sess = jsonb_set(sess, '{pending,at}', to_jsonb((now() - interval '11 minutes')::text))
      where sess #>> '{pending,userId}' = ${user.id}`);
    expect((await browser.post("/sign-in/second", { code: codeOf(secret) }).expect(303)).headers.location).toBe(
      "/sign-in",
    );
    expect(await isIn(browser)).toBe(false);
  });

  test("T104 a code is taken once: not again, not by another browser, and by one of twenty at once", async () => {
    const secret = await giveApp(user);
    const browser = await halfway();
    await browser.post("/sign-in/second", { code: codeOf(secret) }).expect(303);
    const replayed = await halfway();
    await replayed.post("/sign-in/second", { code: codeOf(secret) }).expect(422);
    await replayed.post("/sign-in/second", { code: codeOf(secret, -1) }).expect(422);

    await db.update(totpSecrets).set({ lastStep: null }).where(eq(totpSecrets.userId, user.id));
    const crowd = await Promise.all(Array.from({ length: 4 }, () => halfway()));
    await forgetGuesses();
    const code = codeOf(secret, 1);
    const statuses = await Promise.all(
      crowd.map(async (each) => (await each.post("/sign-in/second", { code })).status),
    );
    expect(statuses.toSorted()).toEqual([303, 422, 422, 422]);
  });

  test("T104 a recovery code works once, by one of four at once; what is left is said, and a mail goes out", async () => {
    await giveApp(user);
    await giveCodes(user, "aaaa-bbbb-cccc-dddd", "eeee-ffff-gggg-hhhh");
    const crowd = await Promise.all(Array.from({ length: 4 }, () => halfway()));
    const statuses = await Promise.all(
      crowd.map(async (each) => (await each.post("/sign-in/second", { code: "AAAA BBBB-cccc dddd" })).status),
    );
    expect(statuses.toSorted()).toEqual([303, 422, 422, 422]);
    const inside = crowd[statuses.indexOf(303)]!;
    expect((await inside.get("/profile/security").expect(200)).text).toContain("1 is left.");
    await runJobs();
    expect(mailTo(user.email).subject).toBe("A recovery code was used");
    expect(mailTo(user.email).text).toContain("1 is left");
    expect(await eventsOf(accountId)).toContain("user.recovery_code_used");

    const codes = codesIn((await inside.post("/profile/security/recovery-codes").expect(200)).text);
    expect(codes).toHaveLength(10);
    await forgetGuesses();
    await (await halfway()).post("/sign-in/second", { code: "eeee-ffff-gggg-hhhh" }).expect(422);
    const typed = ` ${codes[3]!.toUpperCase().replaceAll("-", "  ")}`;
    await (await halfway()).post("/sign-in/second", { code: typed }).expect(303);
  });

  test("T103 guesses are counted for each user, however many browsers guess at once", async () => {
    const secret = await giveApp(user);
    const crowd: Browser[] = [];
    for (let i = 0; i < 12; i++) crowd.push(await halfway());
    const statuses = await Promise.all(
      crowd.map(async (each, n) => (await each.post("/sign-in/second", { code: String(100000 + n) })).status),
    );
    expect(statuses.filter((status) => status === 422)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
    await crowd[0]!.post("/sign-in/second", { code: codeOf(secret) }).expect(429);
    expect(await eventsOf(accountId)).toContain("user.sign_in_failed");
  });

  test("T37 a password that was replaced meanwhile opens no session; a reset link opens none past the second factor", async () => {
    const secret = await giveApp(user);
    const browser = await halfway();
    await db
      .update(users)
      .set({ passwordHash: sql`(select password_hash || 'x' from users where id = ${user.id})` })
      .where(eq(users.id, user.id));
    expect((await browser.post("/sign-in/second", { code: codeOf(secret) }).expect(303)).headers.location).toBe(
      "/sign-in",
    );
    expect(await isIn(browser)).toBe(false);

    await new Browser().post("/forgot", { email: user.email }).expect(200);
    await runJobs();
    const [, link] = mailTo(user.email).text.match(/http:\/\/localhost:\d+(\/reset\/\S+)/)!;
    const fresh = new Browser();
    await fresh.post(link!, { password: "another long enough secret" }).expect(303);
    expect(await isIn(fresh)).toBe(false);
    const second = await fresh
      .post("/sign-in", { email: user.email, password: "another long enough secret" })
      .expect(303);
    expect(second.headers.location).toBe("/sign-in/second");
  });

  test("T102 a device is not asked for thirty days where its owner said so: for them alone, and not past a new password", async () => {
    const secret = await giveApp(user);
    const browser = await halfway();
    await browser.post("/sign-in/second", { code: codeOf(secret), trust: "on" }).expect(303);
    await browser.post("/sign-out").expect(303);
    expect((await browser.post("/sign-in", { email: user.email, password }).expect(303)).headers.location).toBe("/");
    expect(await isIn(browser)).toBe(true);
    await browser.post("/sign-out").expect(303);

    const other = await create.user();
    await giveApp(other);
    expect((await browser.post("/sign-in", { email: other.email, password })).headers.location).toBe("/sign-in/second");
    await db
      .update(totpSecrets)
      .set({ confirmedAt: new Date(Date.now() + 1000) })
      .where(eq(totpSecrets.userId, user.id));
    expect((await browser.post("/sign-in", { email: user.email, password })).headers.location).toBe("/sign-in/second");
  });
});

test("T101 a code of the app confirms who it is as well; the same code does not twice", async () => {
  const secret = await giveApp(user);
  const browser = await halfway();
  const code = codeOf(secret);
  await browser.post("/sign-in/second", { code }).expect(303);
  const { ageProof } = await import("./support/proof.ts");
  await ageProof(user);
  expect((await browser.get("/confirm?next=/profile/security").expect(200)).text).toContain("Or a code from your app");
  await browser.post("/confirm/code", { code, next: "/profile/security" }).expect(422);
  const done = await browser.post("/confirm/code", { code: codeOf(secret, 1), next: "/profile/security" }).expect(303);
  expect(done.headers.location).toBe("/profile/security");
});

describe("what an account asks", () => {
  const path = "/admin/settings/security";
  /** The owner with a factor, signed in; the account asks from so many days on. */
  async function asking(policy: string) {
    const secret = await giveApp(user);
    const browser = await halfway();
    await browser.post("/sign-in/second", { code: codeOf(secret) }).expect(303);
    browser.accountId = accountId;
    const version = (await browser.get(path).expect(200)).text.match(/name="version" value="(\d+)"/)![1]!;
    await browser.post(path, { policy, version }).expect(303);
    return browser;
  }
  const colleague = async () => {
    const account = (await db.select().from(accounts).where(eq(accounts.id, accountId)))[0]!;
    const made = await create.colleague(account, ["admin"]);
    return { ...made, browser: await browserOf(made.user, account) };
  };

  test("T107 until the day there is a banner and a mail; who lacks it is listed, found and downloaded", async () => {
    const lacking = await colleague();
    const browser = await asking("7");
    expect((await lacking.browser.get("/admin/users").expect(200)).text).toContain(
      "asks for a second factor, and you have none yet",
    );
    expect((await browser.get("/admin/users").expect(200)).text).not.toContain("you have none yet");
    expect((await browser.get(`${path}/lacking`).expect(200)).text).toContain(lacking.user.email);
    expect((await browser.get(`${path}/lacking?q=nobody`).expect(200)).text).not.toContain(lacking.user.email);
    const file = await browser.get(`${path}/lacking.csv`).expect(200);
    expect(file.text).toMatch(/^\uFEFF"/);
    expect(file.text).toContain(lacking.user.email);
    expect(file.text).not.toContain(user.email);
    await browser.post(`${path}/reminder`).expect(303);
    await browser.post(`${path}/reminder`).expect(429);
    expect(await eventsOf(accountId)).toEqual(expect.arrayContaining(["account.changed", "account.members_reminded"]));
    const held = await db.select().from(mails).where(eq(mails.subjectId, lacking.user.id));
    expect(held.map(({ kind }) => kind)).toEqual(["factor_wanted", "factor_wanted"]);
    await giveApp(lacking.user);
    expect((await browser.get(path).expect(200)).text).toContain("Everybody has one.");
  });

  test("T107 from the day on, who lacks it reaches where to set it up, and nothing else of that account; their programs stop", async () => {
    const lacking = await colleague();
    const other = await create.account();
    await create.grant(await create.member(other, lacking.user), { systemRole: "viewer" });
    const account = (await db.select().from(accounts).where(eq(accounts.id, accountId)))[0]!;
    const program = await programOf(account, lacking.user, ["users.view"]);
    const call = () => program.get("/members");
    await call().expect(200);
    const browser = await asking("0");

    for (const page of ["/", "/admin/users", "/admin/mailboxes", "/admin/settings"])
      expect((await lacking.browser.get(page).expect(303)).headers.location, page).toBe("/profile/security/required");
    await lacking.browser.post("/admin/users/new", { email: "ana@elsewhere.test" }).expect(403);
    await call().expect(403);
    const required = (await lacking.browser.get("/profile/security/required").expect(200)).text;
    for (const said of ["asks for a second factor", 'action="/sign-out"']) expect(required).toContain(said);
    expect((await lacking.browser.get("/profile").expect(200)).text).not.toContain('href="/admin/users"');

    await lacking.browser.post(`/accounts/${other.id}/switch`).expect(303);
    await lacking.browser.get("/admin/users").expect(200);
    await lacking.browser.post(`/accounts/${accountId}/switch`).expect(303);
    await lacking.browser.get("/admin/users").expect(303);

    await giveApp(lacking.user);
    await lacking.browser.get("/admin/users").expect(200);
    await call().expect(200);
    const version = (await browser.get(path).expect(200)).text.match(/name="version" value="(\d+)"/)![1]!;
    await browser.post(path, { policy: "off", version }).expect(303);
  });

  test("nobody locks themselves out, asks without the right, or for a neighbour", async () => {
    const { browser } = await colleague();
    const version = (await browser.get(path).expect(200)).text.match(/name="version" value="(\d+)"/)![1]!;
    expect((await browser.post(path, { policy: "0", version }).expect(422)).text).toContain("of your own first");
    await browser.post(path, { policy: "0", version, _account: (await create.account()).id }).expect(409);
    const viewer = await create.colleague((await db.select().from(accounts).where(eq(accounts.id, accountId)))[0]!, [
      "viewer",
    ]);
    const looking = await browserOf(viewer.user);
    for (const page of [path, `${path}/lacking`, `${path}/lacking.csv`]) await looking.get(page).expect(403);
  });
});

describe("a second factor that an administrator takes off", () => {
  const managed = async () => {
    const account = (await db.select().from(accounts).where(eq(accounts.id, accountId)))[0]!;
    const made = await create.colleague(account, ["viewer"], { corporateAccountId: account.id });
    await giveApp(made.user);
    await giveCodes(made.user, "aaaa-bbbb-cccc-dddd");
    return made;
  };

  test("T108 of a corporate user: all of it ends, sessions too, and they are told by mail and bell", async () => {
    const { user: ana, member } = await managed();
    const browser = await browserOf(user);
    browser.accountId = accountId;
    const hers = new Browser();
    await hers.post("/sign-in", { email: ana.email, password }).expect(303);
    await hers.post("/sign-in/second", { code: "aaaa-bbbb-cccc-dddd" }).expect(303);
    expect(await isIn(hers)).toBe(true);

    const settings = `/admin/users/${member.id}/settings`;
    expect((await browser.get(settings).expect(200)).text).toContain(`${member.id}/factor-reset`);
    await browser.get(`/admin/users/${member.id}/factor-reset`).expect(200);
    await browser.post(`/admin/users/${member.id}/factor-reset`).expect(303);
    expect(await isIn(hers)).toBe(false);
    await hers.signIn(ana.email);
    expect((await hers.get("/profile/notifications").expect(200)).text).toContain("has taken off your second factor");
    await runJobs();
    expect(mailsTo(ana.email).map(({ subject }) => subject)).toContain("Your second factor was taken off");
    expect(await eventsOf(accountId)).toContain("user.second_factor_reset");
    await browser.post(`/admin/users/${member.id}/factor-reset`).expect(409);
    const { text } = await browser.get(settings).expect(200);
    expect(text).toContain("This user has no second factor.");
    expect(text).not.toContain(`${member.id}/factor-reset`);
  });

  test("T108 never of who keeps their own profile, of somebody stronger, of oneself, or of a neighbour's", async () => {
    const account = (await db.select().from(accounts).where(eq(accounts.id, accountId)))[0]!;
    const guest = await create.colleague(account, ["viewer"]);
    await giveApp(guest.user);
    const boss = await create.colleague(account, ["owner"], { corporateAccountId: account.id });
    await giveApp(boss.user);
    const admin = await create.colleague(account, ["admin"]);
    const browser = await browserOf(admin.user, account);
    await browser.post(`/admin/users/${guest.member.id}/factor-reset`).expect(404);
    await browser.post(`/admin/users/${boss.member.id}/factor-reset`).expect(403);
    await browser.post(`/admin/users/${admin.member.id}/factor-reset`).expect(409);
    const { member } = await managed();
    const viewer = await create.colleague(account, ["viewer"]);
    await (await browserOf(viewer.user, account)).post(`/admin/users/${member.id}/factor-reset`).expect(403);
    const elsewhere = await create.account();
    const neighbour = await create.colleague(elsewhere, ["owner"]);
    await (await browserOf(neighbour.user, elsewhere)).post(`/admin/users/${member.id}/factor-reset`).expect(404);
    expect(await db.select().from(totpSecrets).where(eq(totpSecrets.userId, guest.user.id))).toHaveLength(1);
  });

  test("T108 the operator takes it off whoever nobody manages, from the command line, and they are told", async () => {
    await giveApp(user);
    const hers = await halfway();
    const run = (email: string) =>
      spawnSync(process.execPath, ["bin/reset-factors.ts", "--email", email], { encoding: "utf8" });
    expect(run(user.email)).toMatchObject({ status: 0, stdout: expect.stringContaining("is off") });
    expect(await db.select().from(totpSecrets).where(eq(totpSecrets.userId, user.id))).toEqual([]);
    expect(await isIn(hers)).toBe(false);
    await runJobs();
    expect(mailTo(user.email).subject).toBe("Your second factor was taken off");
    expect(run("nobody-at-all@example.test")).toMatchObject({ status: 1 });
  });
});
