import { beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { sessions } from "../src/db/schema.ts";
import { Browser, browserOf, origin } from "./support/browser.ts";
import type { PageForm } from "./support/forms.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import { collectForms, everyRow, fieldsFor, household, nameOfRoute, pages, writes } from "./support/sweep.ts";
import { password } from "./support/world.ts";

let home: Home;
let browser: Browser;
let forms: Map<string, PageForm>;

beforeAll(async () => {
  home = await household("Northwind");
  browser = await browserOf(home.user, home.account);
  forms = await collectForms(home);
});

/** Where a write may claim to come from, or not say: none of these is a page of ours. */
const strangers: Record<string, string>[] = [
  {},
  { Origin: "null" },
  { Origin: "https://evil.test" },
  { Origin: "http://localhost:3001" },
  { Origin: "http://localhost.evil.test:3000" },
  { Referer: `${origin}/sign-in` },
  { "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "same-site" },
  { "Sec-Fetch-Site": "none" },
  { "Sec-Fetch-Site": "cross-site", Origin: origin },
];

describe("T46 a write comes from our own pages, or not at all", () => {
  let before: string;
  const paths = new Map<string, string>();
  beforeAll(async () => {
    for (const line of writes()) paths.set(nameOfRoute(line), fill(line.path, await samplesFor(line.path, home)));
    before = await everyRow();
  });

  for (const [at, line] of writes().entries()) {
    test(`T46 ${nameOfRoute(line)}`, async () => {
      const path = paths.get(nameOfRoute(line))!;
      const fields = fieldsFor(line, forms, home);
      for (const [n, headers] of strangers.entries()) {
        // Who asks by htmx is a stranger all the same: each of them in turn.
        for (const htmx of n === at % strangers.length ? [{}, { "HX-Request": "true" }] : [{}]) {
          const sent = { ...headers, ...htmx };
          const answer = await browser.agent.post(path).redirects(0).set(sent).type("form").send(fields);
          expect({ sent, status: answer.status }).toEqual({ sent, status: 403 });
        }
      }
    });
  }

  test("T46 none of these has changed anything, or signed anybody out", async () => {
    expect(await everyRow()).toBe(before);
    const stillIn = await browser.get("/");
    expect(stillIn.headers.location ?? "").not.toMatch(/^\/sign-in/);
  });

  test("T46 nor does another site have a file made that the log notes", async () => {
    const files = pages().filter(({ path }) => /\/(files|attachments)\//.test(path));
    expect(files.length).toBeGreaterThan(5);
    for (const line of files) {
      const path = fill(line.path, await samplesFor(line.path, home));
      for (const site of ["cross-site", "same-site"])
        expect([path, (await browser.get(path).set("Sec-Fetch-Site", site)).status]).toEqual([path, 403]);
    }
    for (const site of ["none", "same-origin"])
      await browser.get("/admin/audit/files/ndjson").set("Sec-Fetch-Site", site).expect(200);
  });

  test("T46 a token of one's own session stands in for a page that cannot say its origin, a made-up one does not", async () => {
    const before = await everyRow();
    for (const token of ["", "x", crypto.randomUUID(), "undefined", "null"]) {
      const answer = await browser.agent.post("/sign-out").set("Origin", "null").type("form").send({ _csrf: token });
      expect(answer.status).toBe(403);
    }
    expect(await everyRow()).toBe(before);
  });

  test("T46 a token counts in the browser that opened the page, and opening one stores nothing", async () => {
    const [opener, stranger] = [new Browser(), new Browser()];
    const link = `/reset/${(await samplesFor("/reset/:token", home)).token}`;
    const before = [await everyRow(), await db.$count(sessions)];
    const page = await opener.get(link).expect(200);
    await stranger.get(link).expect(200);
    const token = page.text.match(/name="_csrf" value="([^"]+)"/)![1]!;
    expect(page.headers["set-cookie"]).toHaveLength(1);
    expect(String(page.headers["set-cookie"])).toMatch(/^muster-form=[\w-]{36}; Path=\/; HttpOnly; SameSite=Lax$/);
    const post = (from: Browser) =>
      from.agent.post(link).redirects(0).set("Origin", "null").type("form").send({ _csrf: token, password: "short" });
    expect((await post(stranger)).status).toBe(403);
    expect((await post(opener)).status).toBe(422);
    expect([await everyRow(), await db.$count(sessions)]).toEqual(before);
  });

  test("T46 is decided before an upload or a foreign kind of body is read", async () => {
    for (const type of ["multipart/form-data; boundary=x", "text/plain", "application/json"]) {
      const answer = await browser.agent.post("/sign-out").set("Origin", "https://evil.test").type(type).send("--x--");
      expect(answer.status).toBe(403);
    }
  });
});

test("T45 nobody is signed in or out by another site", async () => {
  const visitor = new Browser();
  for (const headers of strangers) {
    const answer = await visitor.agent
      .post("/sign-in")
      .redirects(0)
      .set(headers)
      .type("form")
      .send({ email: home.user.email, password });
    expect(answer.status).toBe(403);
  }
  expect((await visitor.get("/")).headers.location).toMatch(/^\/sign-in/);

  for (const headers of strangers) {
    const answer = await browser.agent.post("/sign-out").redirects(0).set(headers).type("form").send({});
    expect(answer.status).toBe(403);
  }
  const seen = await browser.get("/");
  expect(seen.headers.location ?? "").not.toMatch(/^\/sign-in/);
  // Nor by a link or an image.
  expect((await browser.get("/sign-out")).status).toBe(404);
});
