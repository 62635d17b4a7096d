import { count, eq, ne } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { mails, users } from "../src/db/schema.ts";
import { Browser, origin } from "./support/browser.ts";
import type { PageForm } from "./support/forms.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import {
  everyRoute,
  fieldsFor,
  forgetLimits,
  homeAndNeighbour,
  nameOfRoute,
  pages,
  rowsOf,
  stayIn,
  writes,
} from "./support/sweep.ts";

/** What no form asked for, sent to every door. */
let home: Home;
let neighbour: Home;
let browser: Browser;
let forms: Map<string, PageForm>;

beforeAll(async () => {
  ({ home, neighbour, browser, forms } = await homeAndNeighbour());
});

/** One that came back is a sample: no form makes such a mail. */
const mailsQueued = async () => (await db.select({ n: count() }).from(mails).where(ne(mails.status, "bounced")))[0]!.n;
const instanceAdmins = async () =>
  (await db.select({ id: users.id }).from(users).where(eq(users.instanceAdmin, true))).map(({ id }) => id);
const pathOf = async (path: string) => fill(path, await samplesFor(path, home));

test("T17 an address, a password or a link's secret comes once and as text, or the request is refused", async () => {
  const before = await mailsQueued();
  const single = /^(email|password|token|next|role|name)$|email|password|token|^(id|.*(_id|Id))$/i;
  for (const [at, line] of writes().entries()) {
    const form = forms.get(nameOfRoute(line));
    const path = await pathOf(line.path);
    const fields = fieldsFor(line, forms, home);
    const names = new Set(
      form?.fields.filter(({ type }) => /text|email|password|search/.test(type)).map(({ name }) => name),
    );
    for (const name of [...names].filter((name) => single.test(name))) {
      // Brackets are refused before any form is read, so each form is tried with one way to write them.
      const brackets = [
        `${name}[]=a%40elsewhere.test&${name}[]=b%40elsewhere.test`,
        `${name}[x]=a%40elsewhere.test`,
        `${name}[0]=a%40elsewhere.test`,
      ];
      for (const odd of [`${name}=a%40elsewhere.test&${name}=b%40elsewhere.test`, brackets[at % 3]]) {
        const rest = new URLSearchParams(Object.entries(fields).filter(([key]) => key !== name) as [string, string][]);
        const visitor = line.guard?.kind === "open" ? new Browser() : browser;
        const answer = await visitor.agent
          .post(path)
          .redirects(0)
          .set("Origin", origin)
          .type("form")
          .send(`${rest}&${odd}`);
        expect({ at: nameOfRoute(line), odd, status: answer.status }).toEqual({
          at: nameOfRoute(line),
          odd,
          status: 400,
        });
      }
    }
  }
  expect(await mailsQueued()).toBe(before);
}, 120_000);

test("T17 a page's query takes no lists or objects either", async () => {
  const names = ["email", "next", "q", "sort", "status", "after", "token", "id"];
  for (const [at, line] of pages().entries()) {
    const path = await pathOf(line.path);
    await forgetLimits();
    const plain = await browser.get(path);
    const all = await browser.get(`${path}?${names.map((name) => `${name}=a&${name}=b`).join("&")}`);
    expect(all.status, nameOfRoute(line)).toBeLessThan(500);
    // One that is refused hides the others, so each page is asked for one of them alone.
    const name = names[at % names.length]!;
    expect((await browser.get(`${path}?${name}[]=a&${name}[x]=b`)).status, nameOfRoute(line)).toBe(400);
    const twice = await browser.get(`${path}?${name}=a&${name}=b`);
    expect(twice.status, `${nameOfRoute(line)}?${name}`).toBeLessThan(500);
    if (plain.status === 200) expect([200, 303, 400], `${nameOfRoute(line)}?${name}`).toContain(twice.status);
  }
}, 120_000);

test("T61 a NUL in a query is no fault of ours, whatever page takes it for what is looked for", async () => {
  const names = [
    "q",
    "who",
    "subject",
    "what",
    "role",
    "mailbox",
    "domain",
    "show",
    "after",
    "before",
    "next",
    "email",
  ];
  const query = new URLSearchParams(names.map((name) => [name, "a\u0000b"]));
  for (const line of pages()) {
    const answer = await browser.get(`${await pathOf(line.path)}?${query}`);
    expect({ at: nameOfRoute(line), fault: answer.status >= 500 }).toEqual({ at: nameOfRoute(line), fault: false });
  }
});

test("T57 no form takes what it does not ask for", async () => {
  const extras = {
    account_id: neighbour.account.id,
    accountId: neighbour.account.id,
    is_corporate: "true",
    corporate: "true",
    corporateAccountId: neighbour.account.id,
    email_verified: "true",
    emailProvenAt: "2020-01-01",
    password_hash: "forged",
    passwordHash: "forged",
    id: neighbour.member.id,
    userId: neighbour.user.id,
    user_id: neighbour.user.id,
    memberId: neighbour.member.id,
    instanceAdmin: "true",
    instance_admin: "true",
    status: "active",
    version: "999",
    disabledAt: "2020-01-01",
    grantedBy: neighbour.user.id,
    source: "system",
    systemRole: "owner",
    createdAt: "2020-01-01",
  };
  const theirs = await rowsOf(neighbour.account.id);
  for (const line of writes()) {
    const fields = fieldsFor(line, forms, home);
    const path = await pathOf(line.path);
    const before = await instanceAdmins();
    const answer = await browser.post(path, { ...extras, ...fields });
    expect(answer.status, nameOfRoute(line)).toBeLessThan(500);
    // Some samples are administrators of the instance already.
    const risen = (await instanceAdmins()).filter((id) => !before.includes(id));
    expect(risen, nameOfRoute(line)).toEqual([]);
    browser = await stayIn(browser, home);
  }
  expect(await rowsOf(neighbour.account.id)).toBe(theirs);
  const everybody = await db.select().from(users);
  expect(
    everybody.filter(
      (user) =>
        (user.id === home.user.id && user.instanceAdmin) ||
        ![null, home.account.id].includes(user.corporateAccountId) ||
        user.passwordHash === "forged",
    ),
  ).toEqual([]);
  expect(everybody.filter((user) => user.createdAt.getUTCFullYear() < 2021 || user.disabledAt)).toEqual([]);
  const [me] = await db.select().from(users).where(eq(users.id, home.user.id));
  expect(me!.id).toBe(home.user.id);
}, 120_000);

describe("T64 options of the template engine are no input", () => {
  const options = {
    "settings[view options][outputFunctionName]": "x;process.exit(9);//",
    "settings[view options][client]": "1",
    "settings[view options][escapeFunction]": "1;process.exit(9);//",
  };
  const plain = {
    cache: "",
    delimiter: "?",
    client: "1",
    debug: "1",
    outputFunctionName: "EVIL",
    filename: "/etc/passwd",
    layout: "x",
  };

  test("T64 on every page", async () => {
    for (const line of pages()) {
      await forgetLimits();
      const path = await pathOf(line.path);
      expect((await browser.get(path).query(options)).status, nameOfRoute(line)).toBe(400);
      const [with_, without] = [await browser.get(path).query(plain), await browser.get(path)];
      expect(with_.status, nameOfRoute(line)).toBe(without.status);
      // What is packed holds any bytes by chance, and an address that comes back may stand in another one.
      if (!/zip|spreadsheet/.test(with_.headers["content-type"] ?? ""))
        expect(with_.text ?? "").not.toMatch(/EVIL\b(?!&|%26)|root:x:|rethrow|<\?/);
    }
  }, 60_000);

  test("T64 on every form", async () => {
    for (const line of writes()) {
      const path = await pathOf(line.path);
      const fields = fieldsFor(line, forms, home);
      expect((await browser.post(path, { ...fields, ...options })).status, nameOfRoute(line)).toBe(400);
      expect((await browser.post(path, { ...plain, ...fields })).status, nameOfRoute(line)).toBeLessThan(500);
      browser = await stayIn(browser, home);
    }
  }, 60_000);
});

describe("T67 nothing reaches a prototype", () => {
  const names = ["__proto__[x]", "constructor[prototype][x]", "a[__proto__][x]"];
  // A bare __proto__ is dropped by the body parser before anybody sees it.
  const bare = ["__proto__", "constructor", "prototype"];

  test("T67 from the query or the body of any route", async () => {
    for (const [at, line] of everyRoute().entries()) {
      const path = await pathOf(line.path);
      const send = async (query: string) =>
        line.method === "GET"
          ? browser.get(`${path}?${query}`)
          : browser.agent.post(path).redirects(0).set("Origin", origin).type("form").send(query);
      const name = names[at % names.length]!;
      const { status } = await send(`${encodeURIComponent(name)}=1`);
      expect([nameOfRoute(line), name, status]).toEqual([nameOfRoute(line), name, 400]);
      expect((await send(bare.map((each) => `${each}=1`).join("&"))).status, nameOfRoute(line)).toBeLessThan(500);
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  }, 60_000);

  test("T67 a hundred thousand fields cost nothing", async () => {
    const flood = "a[]=&".repeat(100_000);
    const tenThousand = "a=1&".repeat(10_000);
    // To send half a megabyte costs us more than to refuse it: one route of each room, and below a thousand fields to all.
    const rooms = Map.groupBy(writes(), ({ path }) => path.split("/").slice(0, 3).join("/"));
    for (const line of [...rooms.values()].map(([first]) => first!)) {
      const path = await pathOf(line.path);
      for (const body of [flood, tenThousand]) {
        const started = performance.now();
        const answer = await browser.agent.post(path).set("Origin", origin).type("form").send(body);
        const took = performance.now() - started;
        expect([400, 413], nameOfRoute(line)).toContain(answer.status);
        // `npm run bench -- timing` prints how long it takes; here only that it does not hang.
        expect(took, nameOfRoute(line)).toBeLessThan(5000);
      }
    }
    expect((await new Browser().get("/sign-in")).status).toBe(200);
  }, 60_000);

  test("T67 the limits come before the parsing: what would be 400 for its names is 413 for its size", async () => {
    const name = "__proto__[x]=1&";
    for (const line of writes()) {
      const path = await pathOf(line.path);
      for (const [times, status] of [
        [1, 400],
        [1001, 413],
      ] as const) {
        const answer = await browser.agent.post(path).set("Origin", origin).type("form").send(name.repeat(times));
        expect([nameOfRoute(line), times, answer.status]).toEqual([nameOfRoute(line), times, status]);
      }
    }
  }, 60_000);

  test("T67 a form has 200 fields at most, where people choose among many things more, and says so kindly", async () => {
    for (const line of writes()) {
      const most = /^\/admin\/(users\/(many|:id\/offboarding)|reports)/.test(line.path) ? 1000 : 200;
      const post = async (count: number) =>
        browser.agent
          .post(await pathOf(line.path))
          .set("Origin", origin)
          .type("form")
          .send(Array.from({ length: count }, (_, n) => `x${n}=1`).join("&"));
      const over = await post(most + 1);
      expect([nameOfRoute(line), over.status]).toEqual([nameOfRoute(line), 413]);
      expect(over.text).toContain("more than this page takes");
      expect((await post(most)).status, nameOfRoute(line)).not.toBe(413);
    }
  }, 60_000);

  test("T67 an address that no server should parse is refused quietly", async () => {
    for (const path of [
      "/%",
      "/%ff",
      "/admin/users/%E0%A4%A",
      `/${"a".repeat(9000)}`,
      "/sign-in?%=%",
      "//evil.test/x",
    ]) {
      const answer = await browser.get(path);
      expect(answer.status, path).toBeLessThan(500);
      expect(answer.headers.location ?? "", path).not.toMatch(/evil/);
    }
  });
});
