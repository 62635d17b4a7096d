import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { beforeAll, expect, test, vi } from "vitest";
import { sessionTimes } from "../../src/access/session-times.ts";
import { db } from "../../src/db/client.ts";
import { Inbox } from "../../src/dev/inbox.ts";
import { type Running, startWeb, startWorker, until } from "../support/processes.ts";
import { create, password } from "../support/world.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

let email: string;
beforeAll(async () => {
  const { user } = await create.colleague(await create.account(), ["owner"]);
  email = user.email;
});

/** One request on a connection of its own, as a router in front sends it. */
const ask = (port: number, cookie: string): Promise<number | string> =>
  new Promise((resolve) => {
    const headers = { Cookie: cookie };
    const request = get({ host: "127.0.0.1", port, path: "/admin/users", agent: false, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode!));
      answer.on("error", (error) => resolve(String(error)));
    });
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
  });

test("R19 one of two web processes is told to stop under load: no request fails, and it ends with 0", async () => {
  const [first, second] = await Promise.all([startWeb(), startWeb()]);
  const cookie = await first.signIn(email);
  const answers: (number | string)[] = [];
  let stop = false;
  let gone = false;
  const visitor = async () => {
    for (let n = 0; !stop; n++) {
      const port = !gone && n % 2 ? first.port : second.port;
      answers.push(await ask(port, cookie));
      await sleep(15);
    }
  };
  const load = [...Array(6)].map(visitor);
  await sleep(1_500);
  const told = Date.now();
  first.kill("SIGTERM");
  // The router hears of it a little later, and goes to the other one from then on.
  await sleep(400);
  gone = true;
  expect(await first.exited).toBe(0);
  expect(Date.now() - told).toBeLessThan(25_000);
  await sleep(1_000);
  stop = true;
  await Promise.all(load);
  expect(answers.filter((answer) => answer !== 200)).toEqual([]);
  expect(answers.length).toBeGreaterThan(20);
  second.kill("SIGTERM");
  expect(await second.exited).toBe(0);
});

test("R19 a visitor who keeps a connection open does not keep the process", async () => {
  const web = await startWeb();
  await web.fetch("/sign-in");
  const told = Date.now();
  web.kill("SIGTERM");
  expect(await web.exited).toBe(0);
  expect(Date.now() - told).toBeLessThan(5_000);
});

test("R23 without a database the process lives, and is not ready", async () => {
  const web = await startWeb({ DATABASE_URL: "postgres://muster:muster@127.0.0.1:1/muster" });
  expect((await web.fetch("/healthz")).status).toBe(200);
  const ready = await web.fetch("/readyz");
  expect([ready.status, ready.ms < 2_000]).toEqual([503, true]);
  expect(JSON.parse(ready.text)).toMatchObject({ database: "away", worker: "away" });
  expect((await web.fetch("/", { cookie: "muster=s%3Anothing.here" })).status).toBeGreaterThan(0);
  expect(web.alive).toBe(true);
});

test("R23 a database that the release step has not reached yet is not ready", async () => {
  const empty = new URL(process.env.DATABASE_URL!);
  empty.pathname = "/postgres";
  const web = await startWeb({ DATABASE_URL: empty.href });
  const ready = await web.fetch("/readyz");
  expect(ready.status).toBe(503);
  expect(JSON.parse(ready.text)).toMatchObject({ database: "ok", migrations: "behind" });
});

test("R24 an error that nobody caught is logged, what is in flight finishes, and the process ends with 1", async () => {
  const hook = `data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("nobody catches this")})`;
  const env = { NODE_OPTIONS: `--import=${hook.replaceAll('"', "%22").replaceAll(" ", "%20")}` };
  for (const running of await Promise.all([startWeb(env), startWorker(env)])) {
    running.kill("SIGUSR2");
    expect(await running.exited).toBe(1);
    expect(running.log.find((line) => line.includes("nobody catches this"))).toContain('"level":60');
  }
});

test("T70 a whole visit leaves no secret in the log, and every line is one JSON object", async () => {
  const inbox = await new Inbox().listen();
  const env = { SMTP_URL: `smtp://127.0.0.1:${inbox.port}`, LOG_LEVEL: "trace" };
  const [web, worker] = await Promise.all([startWeb(env), startWorker(env)]);
  const post = (path: string, fields: Record<string, string>, cookie = "") =>
    web.fetch(path, { method: "POST", body: new URLSearchParams(fields), cookie });

  const cookie = await web.signIn(email);
  await post("/sign-in", { email, password: "a wrong guess of mine" });
  await post("/sign-in", { email: 'x"}\n{"level":60,"msg":"forged"}', password });
  await web.fetch('/admin/users?q=%0A{"level":60}&token=abc%22', { cookie });
  await web.fetch("/nothing/%0A%0D{forged}", { cookie, headers: { "User-Agent": 'evil"}{"level":60' } });
  await post("/forgot", { email });
  await until(
    () => inbox.mails.length > 0,
    30_000,
    () => worker.log.join("\n"),
  );
  const letter = () => inbox.mails.find(({ text }) => text.includes("/reset/"));
  await expect.poll(letter, { timeout: 15_000 }).toBeTruthy();
  const secret = letter()!.text.match(/\/reset\/([\w-]{43})/)![1]!;
  const form = await web.fetch(`/reset/${secret}`);
  const csrf = form.text.match(/name="_csrf" value="([^"]+)"/)?.[1] ?? "";
  await post(`/reset/${secret}`, { password: "another harbour lantern", _csrf: csrf }, cookieOf(form));
  await web.fetch(`/reset/${secret}`);
  for (const each of [web, worker]) each.kill("SIGTERM");
  await Promise.all([web.exited, worker.exited]);
  await inbox.close();

  const lines = [...web.log, ...worker.log];
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) expect(Object.keys(JSON.parse(line)), line).toContain("level");
  expect(lines.filter((line) => JSON.parse(line).msg === "forged")).toEqual([]);
  const all = lines.join("\n");
  const sessionId = decodeURIComponent(cookie).match(/=s:([^.]+)\./)![1]!;
  for (const hidden of [secret, password, "a wrong guess of mine", "another harbour lantern", sessionId, csrf]) {
    expect(all.includes(hidden), hidden).toBe(false);
  }
  expect(all).toMatch(/"reqId":"[\w-]{36}"/);
});

const cookieOf = (answer: Awaited<ReturnType<Running["fetch"]>>) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");

/** For a process whose clock is so many minutes fast. */
const clock = (minutes: number) => ({
  NODE_OPTIONS: `--import=${new URL("../support/clock.mjs", import.meta.url).href}`,
  MUSTER_CLOCK_MINUTES: String(minutes),
});

test("R16 T5 web processes whose clocks are ten minutes fast and slow know the same person, and ask nobody twice", async () => {
  const { user } = await create.colleague(await create.account(), ["owner"]);
  const both = await Promise.all([startWeb(clock(10)), startWeb(clock(-10))]);
  await Promise.all(both.map((web) => web.says("clock is not the database's")));
  for (const [one, other] of [both, both.toReversed()]) {
    const cookie = await one!.signIn(user.email);
    // This page asks again who it is ten minutes after the last time.
    for (const web of [one, other])
      expect((await web!.fetch("/profile/security/passkeys/new", { cookie })).status).toBe(200);
    const [row] = await db.execute<{ minutes: number }>(sql`
      select extract(epoch from max(expire) - now())::float / 60 as minutes from sessions where user_id = ${user.id}`);
    expect(Math.round(row!.minutes)).toBe(sessionTimes().idle / 60_000);
  }
});

test("R16 R22 a worker whose clock is fast runs at once what goes by the clock, and leaves the next one its minutes", async () => {
  // Its next minute begins five seconds from now; where it takes longer to start, the one after that.
  const fast = await startWorker(clock(10 + (55 - new Date().getSeconds()) / 60));
  await fast.says(/Completed task .*keep_end_dates/, 100_000);
  fast.kill("SIGKILL");
  await startWorker();
  const [row] = await db.execute<{ ahead: boolean }>(sql`
    select bool_or(last_execution > now() + interval '1 minute') as ahead from graphile_worker._private_known_crontabs`);
  expect(row!.ahead).toBe(false);
}, 150_000);

test("memory is given back while nobody asks for a page, and looks at the process' health are nobody", async () => {
  const [{ user }, web] = await Promise.all([create.colleague(await create.account(), ["owner"]), startWeb()]);
  const cookie = await web.signIn(user.email);
  for (const path of ["/admin/dashboard", "/admin/users", "/admin/roles"])
    expect((await web.fetch(path, { cookie })).status).toBe(200);
  const busy = web.memory;
  for (let second = 0; second < 40 && web.memory > busy - 10; second++) {
    expect((await web.fetch("/healthz")).status).toBe(200);
    await sleep(1_000);
  }
  expect(web.memory).toBeLessThan(busy - 10);
  expect((await web.fetch("/admin/users", { cookie })).status).toBe(200);
  web.kill("SIGTERM");
  expect(await web.exited).toBe(0);
});
