import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { addressKey } from "../src/access/limits.ts";
import { hashPassword } from "../src/auth/passwords.ts";
import { db } from "../src/db/client.ts";
import { Browser } from "./support/browser.ts";
import { startWeb } from "./support/processes.ts";
import { create, password } from "./support/world.ts";

const signIn = (browser: Browser, email: string, secret: string) =>
  browser.post("/sign-in", { email, password: secret });

describe("guessing passwords", () => {
  test("T40 100 guesses at once over two processes: no more than the limit are looked at", async () => {
    const { email } = await create.user();
    const webs = await Promise.all([startWeb(), startWeb()]);
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const body = new URLSearchParams({ email, password: `guess ${n}` });
        return (await webs[n % 2]!.fetch("/sign-in", { method: "POST", body })).status;
      }),
    );
    expect(statuses.filter((status) => status === 422)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(95);
  }, 120_000);

  test("T40 nothing locks for good: the wait is named, and after it the right password works", async () => {
    const { email } = await create.user();
    for (let i = 0; i < 5; i++) await signIn(new Browser(), email, `no ${i}`).expect(422);
    const refused = await signIn(new Browser(), email, password).expect(429);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(60);
    await db.execute(sql`update rate_limits set resets_at = now() - interval '1 second' where key like '%:minute'`);
    await signIn(new Browser(), email, password).expect(303);
  });

  test("T40 the slowing grows: after twenty guesses the wait is up to an hour", async () => {
    const { email } = await create.user();
    for (let i = 0; i < 20; i++) {
      await db.execute(sql`update rate_limits set resets_at = now() - interval '1 second' where key like '%:minute'`);
      await signIn(new Browser(), email, `no ${i}`).expect(422);
    }
    const refused = await signIn(new Browser(), email, "no more").expect(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(60);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(3600);
  });

  test("right passwords are not counted", async () => {
    const { email } = await create.user();
    for (let i = 0; i < 8; i++) await signIn(new Browser(), email, password).expect(303);
  });

  test("T40 other spellings of the address share its count", async () => {
    const { email } = await create.user();
    for (const typed of [email, email.toUpperCase(), ` ${email}`, `${email} `, email.replace("u", "U")]) {
      await signIn(new Browser(), typed, "no").expect(422);
    }
    await signIn(new Browser(), email, "no").expect(429);
  });

  test("T40 what is not filled in is counted as a guess, too", async () => {
    const { email } = await create.user();
    for (let i = 0; i < 5; i++) await signIn(new Browser(), email, "").expect(422);
    await signIn(new Browser(), email, "").expect(429);
    await signIn(new Browser(), email, password).expect(429);
  });

  test("T42 while somebody attacks, the person still signs in on a device that they used before", async () => {
    const { email } = await create.user();
    const own = new Browser();
    await signIn(own, email, password).expect(303);
    await own.post("/sign-out").expect(303);
    for (let i = 0; i < 6; i++) await signIn(new Browser(), email, `attack ${i}`);
    await signIn(new Browser(), email, password).expect(429);
    await signIn(own, email, password).expect(303);
  });

  test("T42 a device is known for its own people only, and has a count of its own", async () => {
    const [mine, victim] = [await create.user(), await create.user()];
    const attacker = new Browser();
    await signIn(attacker, mine.email, password).expect(303);
    await attacker.post("/sign-out").expect(303);
    for (let i = 0; i < 5; i++) await signIn(new Browser(), victim.email, `no ${i}`).expect(422);
    await signIn(attacker, victim.email, "no").expect(429);
    for (let i = 0; i < 5; i++) await signIn(attacker, mine.email, `no ${i}`).expect(422);
    await signIn(attacker, mine.email, "no").expect(429);
  });

  test("the threads that hash stand behind the one that answers", async ({ skip }) => {
    if (process.platform !== "linux") skip("threads have priorities of their own on Linux only");
    await hashPassword("anything");
    const threads = readdirSync("/proc/self/task").map((thread) => ({
      name: readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trim(),
      priority: getPriority(Number(thread)),
    }));
    const hashing = threads.filter(({ name }) => name === "libuv-worker");
    expect(hashing).not.toEqual([]);
    expect(hashing.filter(({ priority }) => priority <= getPriority())).toEqual([]);
  });

  test("T43 200 sign-ins at once cost time, not memory, and the process stays well", async () => {
    const people = Array.from({ length: 200 }, (_, n) => `crowd${n}@people.test`);
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 10);
    const crowd = Promise.all(people.map((email) => signIn(new Browser(), email, "no").then(({ status }) => status)));
    await new Browser().get("/healthz").expect(200);
    expect(new Set(await crowd)).toEqual(new Set([422]));
    clearInterval(watch);
    // Unbounded, 200 hashes of 19 MiB would take 3.8 GB.
    expect(peak - before).toBeLessThan(600 * 1024 * 1024);
  }, 120_000);
});

describe("T41 whose guesses are counted together", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["not an address", "unknown"],
  ])("%s is %s", (ip, key) => {
    expect(addressKey(ip)).toBe(key);
  });

  test("T41 IPv4 addresses inside IPv6 stay apart", () => {
    expect(addressKey("::ffff:1.2.3.4")).not.toBe(addressKey("::ffff:5.6.7.8"));
  });

  test("T41 without a proxy in front, X-Forwarded-For counts for nothing", async () => {
    const keys = async () =>
      (await db.execute(sql`select key from rate_limits where key like 'sign-in-ip:%' order by key`)).map(
        ({ key }) => key,
      );
    const before = await keys();
    for (let i = 0; i < 3; i++) {
      await signIn(new Browser(), `spoof${i}@people.test`, "no").set("X-Forwarded-For", `198.51.100.${i}`);
    }
    expect(await keys()).toEqual(before.length ? before : ["sign-in-ip:127.0.0.1:hour", "sign-in-ip:127.0.0.1:minute"]);
  });

  test("T41 behind one proxy, the address that the proxy saw counts, whatever the visitor claims", async () => {
    const web = await startWeb({ TRUST_PROXY: "1" });
    for (let i = 0; i < 3; i++) {
      const body = new URLSearchParams({ email: `proxied${i}@people.test`, password: "no" });
      await web.fetch("/sign-in", {
        method: "POST",
        body,
        headers: { "X-Forwarded-For": `198.51.100.${i}, 203.0.113.9` },
      });
    }
    const rows = await db.execute(sql`select key, points from rate_limits where key like 'sign-in-ip:203.0.113.9:%'`);
    expect(rows.map(({ points }) => points)).toEqual([3, 3]);
    expect(await db.execute(sql`select key from rate_limits where key like 'sign-in-ip:198%'`)).toHaveLength(0);
  }, 60_000);
});
