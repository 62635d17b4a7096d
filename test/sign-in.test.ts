import { hash } from "@node-rs/argon2";
import { desc, eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { readSessionTimes } from "../src/access/session-times.ts";
import { db } from "../src/db/client.ts";
import { events, instanceSettings, members, sessions, users } from "../src/db/schema.ts";
import { admin, Browser } from "./support/browser.ts";
import { create, eventsOf, password } from "./support/world.ts";

type Answer = { headers: Record<string, string> };
const cookieOf = (answer: Answer) =>
  ((answer.headers["set-cookie"] as unknown as string[]) ?? [])
    .find((cookie) => cookie.startsWith("muster="))
    ?.split(";")[0];
const signIn = (browser: Browser, email: string, secret: string, more = {}) =>
  browser.post("/sign-in", { email, password: secret, ...more });

describe("signing in", () => {
  test("opens the console and keeps the visitor", async () => {
    const { browser, user } = await admin("viewer");
    const home = await browser.get("/");
    expect(home.headers.location).toBe("/admin/dashboard");
    const [row] = await db.select().from(users).where(eq(users.id, user.id));
    expect(row!.lastSignInAt).toBeInstanceOf(Date);
  });

  test("writes its session together with what it notes down, and not a second time", async () => {
    const { user } = await admin("viewer");
    await signIn(new Browser(), user.email, password).expect(303);
    const [row] = await db.execute(sql`
      select s.xmin = e.xmin as together from sessions s, events e
      where s.user_id = ${user.id} and e.actor_id = ${user.id} and e.name = 'user.signed_in' order by s.created_at desc, e.id desc limit 1`);
    expect(row).toEqual({ together: true });
  });

  test("with a wrong password says so and keeps the address", async () => {
    const { user } = await admin("viewer");
    const page = await new Browser().post("/sign-in", { email: user.email, password: "wrong" }).expect(422);
    expect(page.text).toContain("The address or the password is wrong.");
    expect(page.text).toContain(user.email);
  });

  test("T49 tells an account nothing any more of somebody who is not in it, whichever account they used last", async () => {
    const { account, user, member } = await admin("viewer");
    const own = await create.account();
    await create.member(own, user);
    await db.update(users).set({ lastAccountId: account.id }).where(eq(users.id, user.id));
    await db.update(members).set({ status: "removed" }).where(eq(members.id, member.id));
    const before = await eventsOf(account.id);
    await signIn(new Browser(), user.email, "wrong").expect(422);
    await signIn(new Browser(), user.email, password).expect(303);
    expect(await eventsOf(account.id)).toEqual(before);
    expect(await eventsOf(own.id)).toEqual(["user.sign_in_failed", "user.signed_in"]);
  });

  test("T15 finds the person however they write their address", async () => {
    const { user } = await admin("viewer");
    await signIn(new Browser(), ` ${user.email.toUpperCase()} `, password).expect(303);
  });

  test("T33 answers the same for wrong, unknown, disabled and password-less people", async () => {
    const { user } = await admin("viewer");
    const disabled = await create.user({ disabledAt: new Date() });
    const waiting = await create.user({ passwordHash: null });
    const answers = [];
    for (const [email, secret] of [
      [user.email, "wrong"],
      ["nobody@people.test", "wrong"],
      [disabled.email, password],
      [waiting.email, password],
      ["not an address", "wrong"],
      ["nobody\u0000@people.test", "wrong\u0000"],
    ]) {
      const { status, text, headers } = await signIn(new Browser(), email!, secret!);
      answers.push({ status, text: text.replaceAll(email!, "…"), cookies: headers["set-cookie"] });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test("T39 gives the session a new id, and what was there before opens nothing", async () => {
    const { user } = await admin("viewer");
    const { user: before } = await admin("viewer");
    const browser = new Browser();
    const planted = cookieOf(await signIn(browser, before.email, password).expect(303));
    expect(planted).toBeTruthy();
    const signedIn = cookieOf(await signIn(browser, user.email, password).expect(303));
    expect(signedIn).toBeTruthy();
    expect(signedIn).not.toBe(planted);

    const thief = new Browser();
    await thief.get("/profile").set("Cookie", planted!).expect(303);
    await thief.get("/profile").set("Cookie", signedIn!).expect(200);
  });

  test("T39 T59 after signing out the old id is dead, and no page was left in a cache", async () => {
    const { browser, user } = await admin("viewer");
    const again = cookieOf(await signIn(browser, user.email, password).expect(303))!;
    expect((await browser.get("/profile").expect(200)).headers["cache-control"]).toBe("no-store");
    const out = await browser.post("/sign-out").expect(303);
    expect(out.headers.location).toBe("/sign-in");
    expect((await new Browser().get("/profile").set("Cookie", again).expect(303)).headers.location).toContain(
      "/sign-in",
    );
    expect((await browser.get("/profile").expect(303)).headers["cache-control"]).toBe("no-store");
  });

  test("lasts while it is used, ends when idle and at its age, and longer on a device that is to be remembered", async () => {
    const set = (user: { id: string }, change: ReturnType<typeof sql>) =>
      db.execute(sql`update sessions set ${change} where user_id = ${user.id}`);
    const idle = await admin("viewer");
    await set(idle.user, sql`expire = now() + interval '5 minutes'`);
    await idle.browser.get("/profile").expect(200);
    const [row] = await db.select().from(sessions).where(eq(sessions.userId, idle.user.id));
    expect(row!.expire.getTime()).toBeGreaterThan(Date.now() + 50 * 60_000);
    await set(idle.user, sql`expire = now() - interval '1 second'`);
    await idle.browser.get("/profile").expect(303);
    // The cookie has no end of its own: the browser would drop it while the session is in use.
    const own = await signIn(new Browser(), idle.user.email, password).expect(303);
    expect((own.headers["set-cookie"] as unknown as string[]).find((each) => each.startsWith("muster="))).not.toMatch(
      /Expires|Max-Age/,
    );

    const old = await admin("viewer");
    const began = (hours: number) => JSON.stringify(new Date(Date.now() - hours * 3_600_000).toISOString());
    await set(old.user, sql`sess = jsonb_set(sess::jsonb, '{startedAt}', ${began(11)}::jsonb)`);
    await old.browser.get("/profile").expect(200);
    await set(old.user, sql`sess = jsonb_set(sess::jsonb, '{startedAt}', ${began(13)}::jsonb)`);
    await old.browser.get("/profile").expect(303);

    const kept = new Browser();
    const answer = await signIn(kept, old.user.email, password, { remember: "on" }).expect(303);
    const cookie = (answer.headers["set-cookie"] as unknown as string[]).find((each) => each.startsWith("muster="))!;
    const days = (Date.parse(cookie.match(/Expires=([^;]+)/)![1]!) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    await set(old.user, sql`sess = jsonb_set(sess::jsonb, '{startedAt}', ${began(13)}::jsonb)`);
    await kept.get("/profile").expect(200);
  });

  test("idles as long, and gets as old, as the settings of the instance say", async () => {
    await db.update(instanceSettings).set({ sessionIdleMinutes: 10, sessionHours: 2 });
    await readSessionTimes();
    try {
      const { user, browser } = await admin("viewer");
      const [row] = await db.select().from(sessions).where(eq(sessions.userId, user.id));
      expect(row!.expire.getTime()).toBeLessThan(Date.now() + 11 * 60_000);
      await browser.get("/profile").expect(200);
      const began = JSON.stringify(new Date(Date.now() - 3 * 3_600_000).toISOString());
      await db.execute(
        sql`update sessions set sess = jsonb_set(sess::jsonb, '{startedAt}', ${began}::jsonb) where user_id = ${user.id}`,
      );
      await browser.get("/profile").expect(303);
    } finally {
      await db.update(instanceSettings).set({ sessionIdleMinutes: 60, sessionHours: 12 });
      await readSessionTimes();
    }
  });

  test("keeps when, where from and with what the session began", async () => {
    const { user } = await admin("viewer");
    await new Browser().post("/sign-in", { email: user.email, password }).set("User-Agent", "Own/1.0").expect(303);
    const rows = await db.select().from(sessions).where(eq(sessions.userId, user.id)).orderBy(desc(sessions.createdAt));
    expect(rows[0]!.sess).toMatchObject({ userAgent: "Own/1.0", ip: expect.stringContaining("127.0.0.1") });
    expect(Date.parse(rows[0]!.sess.startedAt!)).toBeGreaterThan(Date.now() - 60_000);
  });

  test.each([
    ["//evil.example"],
    ["/\\evil.example"],
    ["/%09/evil.example"],
    ["https:evil.example"],
    ["https://evil.example/"],
    ["javascript:alert(1)"],
    ["/\t/evil.example"],
    ["\\\\evil.example"],
    ["/%2f/evil.example"],
    ["/..//evil.example"],
    ["evil.example"],
  ])("T44 never leads to another site: %s", async (next) => {
    const { user } = await admin("viewer");
    const { headers } = await signIn(new Browser(), user.email, password, { next }).expect(303);
    expect(new URL(headers.location!, "http://localhost:3000").origin).toBe("http://localhost:3000");
    expect(headers.location).not.toMatch(/^\/\/|^\/\\/);
    const page = await new Browser().get(`/sign-in?next=${encodeURIComponent(next)}`).expect(200);
    expect(page.text).not.toMatch(/name="next" value="[^"]*evil\.example"(?!.*\/)/);
  });

  test("T44 goes on to a page of ours, and a second `next` is refused", async () => {
    const { user } = await admin("viewer");
    const next = "/admin/users?status=invited";
    expect((await signIn(new Browser(), user.email, password, { next })).headers.location).toBe(next);
    await new Browser().get("/sign-in?next=/a&next=//evil.example").expect(200);
    await new Browser().post("/sign-in", { email: user.email, password, next: ["/a", "//evil.example"] }).expect(400);
    expect((await new Browser().get("/admin/users?q=x").expect(303)).headers.location).toBe(
      `/sign-in?next=${encodeURIComponent("/admin/users?q=x")}`,
    );
  });

  test("T17 lists and objects in the form are 400", async () => {
    const { user } = await admin("viewer");
    await new Browser().post("/sign-in", { email: [user.email, "b@x.example"], password }).expect(400);
    await new Browser().post("/sign-in", { "email[]": user.email, password }).expect(400);
    await new Browser().post("/sign-in", { email: user.email, "password[$ne]": "x" }).expect(400);
  });

  test("T45 neither signing in nor out works from another site", async () => {
    const { user, browser } = await admin("viewer");
    const foreign = { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" };
    await new Browser().post("/sign-in", { email: user.email, password }).set(foreign).expect(403);
    await browser.post("/sign-out").set(foreign).expect(403);
    await browser.get("/sign-out").expect(404);
    await browser.get("/profile").expect(200);
  });

  test("T95 leaves one event each: signed in, refused, signed out; never the password", async () => {
    const { user, account, browser } = await admin("viewer");
    await signIn(new Browser(), user.email, "my secret guess").expect(422);
    await signIn(new Browser(), "somebody@unknown.test", "my secret guess").expect(422);
    const out = await browser.post("/sign-out").expect(303);
    expect(out.headers["clear-site-data"]).toBe('"cache", "storage"');
    expect(await eventsOf(account.id)).toEqual(["user.signed_in", "user.sign_in_failed", "user.signed_out"]);
    const rows = JSON.stringify(
      await db.select({ row: events.before, after: events.after, label: events.actorLabel }).from(events),
    );
    expect(rows).not.toContain("my secret guess");
    expect(rows).not.toContain("somebody@unknown.test");
  });
});

test("a hash that was made with weaker settings is made anew when its owner signs in", async () => {
  const weak = await hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
  const user = await create.user({ passwordHash: weak });
  const stored = async () => (await db.select().from(users).where(eq(users.id, user.id)))[0]!.passwordHash;
  await signIn(new Browser(), user.email, "wrong").expect(422);
  expect(await stored()).toBe(weak);
  await signIn(new Browser(), user.email, password).expect(303);
  expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  await signIn(new Browser(), user.email, password).expect(303);
});
