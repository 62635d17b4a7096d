import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemRoles } from "../src/access/permissions.ts";
import type { RouteLine } from "../src/http/route-lines.ts";
import { Browser, browserOf } from "./support/browser.ts";
import type { PageForm } from "./support/forms.ts";
import { fill, type Home, meaningOf, parametersOf, samplesFor } from "./support/samples.ts";
import {
  everyRoute,
  fieldsFor,
  homeAndNeighbour,
  nameOfRoute,
  ownPath,
  pages,
  rowsOf,
  settled,
  stayIn,
  writes,
} from "./support/sweep.ts";
import { create } from "./support/world.ts";

/** Swept over every route that the routers hold: a new route is covered the day it is written. */
let home: Home;
let neighbour: Home;
let browser: Browser;
let forms: Map<string, PageForm>;

beforeAll(async () => {
  ({ home, neighbour, browser, forms } = await homeAndNeighbour());
});

/** Routes whose own form exists only after another one was sent; their rooms' tests open them. */
const needsMore = new Set(["POST /admin/users/:id/undo", "POST /invitations/:token/proof"]);

/** What breaks a careless query, for every parameter; and in turn, as all come to the same check, one of those that seldom do. */
const garbage = ["x", "\u0000"];
const rare = ["0", "'; drop table members; --", "__proto__", `${crypto.randomUUID()}0`, "é", "..%2f"];
const missing = (scope: string) =>
  scope === "secret"
    ? `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll("-", "").slice(0, 43)
    : crypto.randomUUID();

describe("T49 a neighbour's things are not there", () => {
  // Things of the instance are nobody's neighbour's: who may not run it gets 403 below (T58).
  const routes = everyRoute().filter(({ path, guard }) => parametersOf(path).length > 0 && guard?.kind !== "instance");

  test("T49 every parameter of every route stands for something that the sweep can make", () => {
    for (const { path } of routes) for (const parameter of parametersOf(path)) meaningOf(path, parameter);
  });

  const ofNeighbour = new Map<RouteLine, Record<string, string>>();
  let before: string;
  beforeAll(async () => {
    for (const line of routes) ofNeighbour.set(line, await samplesFor(line.path, neighbour));
    before = await rowsOf(neighbour.account.id);
  });

  // Where one has failed, the next is looked at all the same.
  beforeEach(async () => {
    browser = await stayIn(browser, home);
    await browser.get("/admin/users"); // Takes the message away that the next page would show.
  });

  for (const [at, line] of routes.entries()) {
    test(`T49 ${nameOfRoute(line)}`, async () => {
      const own = await samplesFor(line.path, home);
      const theirs = ofNeighbour.get(line)!;
      const ask = (ids: Record<string, string>) => {
        const path = fill(line.path, ids);
        return line.method === "GET" ? browser.get(path) : browser.post(path, fieldsFor(line, forms, home));
      };

      for (const parameter of parametersOf(line.path)) {
        const { scope } = meaningOf(line.path, parameter);
        const strangers = [
          missing(scope),
          ...garbage,
          rare[at % rare.length]!,
          ...(scope === "secret" ? [] : [theirs[parameter]!]),
        ];
        const seen = new Map<string, string>();
        for (const stranger of strangers) {
          const answer = await ask({ ...own, [parameter]: stranger });
          expect({ stranger, status: answer.status }).toEqual({ stranger, status: 404 });
          if (stranger.length > 2) seen.set(settled(answer.text, stranger), stranger);
        }
        expect([...seen.values()], "all strangers get the same page").toHaveLength(1);
      }
      let answer = await ask(own);
      // A form may name a thing of the very page that it stood on: then only that page's own path fits.
      if (answer.status === 404 && line.method !== "GET")
        answer = await browser.post(await ownPath(line, forms, home), fieldsFor(line, forms, home));
      if (!needsMore.has(nameOfRoute(line)))
        expect([200, 303, 403, 409, 422], `own: ${answer.status}`).toContain(answer.status);
      expect(await rowsOf(neighbour.account.id)).toBe(before);
    });
  }
});

test("T50 a neighbour's ids inside a form of one's own change nothing of theirs", async () => {
  const ids = {
    member: (await samplesFor("/admin/users/:id", neighbour)).id!,
    role: (await samplesFor("/admin/roles/:id", neighbour)).id!,
    mailbox: (await samplesFor("/admin/mailboxes/:id", neighbour)).id!,
  };
  const before = await rowsOf(neighbour.account.id);
  let turn = 0;
  for (const line of writes()) {
    const fields = fieldsFor(line, forms, home);
    for (const [name, value] of Object.entries(fields)) {
      if (name === "_account") continue;
      const named = Object.entries(ids).filter(([kind]) => name.toLowerCase().includes(kind));
      // What a field is not named after it gets in turn.
      for (const [, theirs] of named.length > 0 ? named : [Object.entries(ids)[turn++ % 3]!]) {
        const smuggled = Array.isArray(value) ? [theirs] : theirs;
        const path = fill(line.path, await samplesFor(line.path, home));
        const answer = await browser.post(path, { ...fields, [name]: smuggled });
        expect(answer.status, `${nameOfRoute(line)} with ${name}`).toBeLessThan(500);
        // Whoever was sent away is let in again, so that the next field is looked at too.
        if (/^\/(sign-in|accounts)/.test(answer.headers.location ?? "")) browser = await stayIn(browser, home);
      }
    }
    browser = await stayIn(browser, home);
  }
  expect(await rowsOf(neighbour.account.id)).toBe(before);
}, 240_000);

describe("T58 no door opens without its key", () => {
  test("T58 without a session every guarded route asks to sign in, for htmx too", async () => {
    const nobody = new Browser();
    for (const line of everyRoute().filter(({ guard }) => guard?.kind !== "open")) {
      const path = fill(line.path, await samplesFor(line.path, home));
      const plain = line.method === "GET" ? await nobody.get(path) : await nobody.post(path);
      expect([nameOfRoute(line), plain.status]).toEqual([nameOfRoute(line), 303]);
      expect(plain.headers.location).toMatch(/^\/sign-in/);
      const htmx = await (line.method === "GET" ? nobody.get(path) : nobody.post(path)).set("HX-Request", "true");
      expect([nameOfRoute(line), htmx.status]).toEqual([nameOfRoute(line), 401]);
      expect(htmx.headers["hx-redirect"]).toMatch(/^\/sign-in/);
      expect(htmx.text ?? "").toBe("");
    }
  });

  test("T58 a member without any right is refused by every route that asks for one, for htmx too", async () => {
    const { user } = await create.colleague(home.account);
    const member = await browserOf(user, home.account);
    for (const line of everyRoute().filter(({ guard }) => guard?.kind === "permission" || guard?.kind === "instance")) {
      const path = fill(line.path, await samplesFor(line.path, home));
      for (const headers of [{}, { "HX-Request": "true" }]) {
        const answer = await (line.method === "GET" ? member.get(path) : member.post(path)).set(headers);
        expect([nameOfRoute(line), answer.status]).toEqual([nameOfRoute(line), 403]);
      }
    }
  });

  test("T58 a viewer changes nothing, whichever form they send", async () => {
    const { user } = await create.colleague(home.account, ["viewer"]);
    const viewer = await browserOf(user, home.account);
    const targets = writes().filter(({ guard }) => guard?.kind === "permission");
    const paths = new Map<string, string>();
    for (const line of targets) paths.set(nameOfRoute(line), await ownPath(line, forms, home));
    const before = await rowsOf(home.account.id);
    for (const line of targets) {
      const answer = await viewer.post(paths.get(nameOfRoute(line))!, fieldsFor(line, forms, home));
      expect(answer.status, nameOfRoute(line)).toBeLessThan(500);
      const held: readonly string[] = systemRoles.viewer.permissions;
      if (!held.includes(line.guard?.permission ?? ""))
        expect([nameOfRoute(line), answer.status]).toEqual([nameOfRoute(line), 403]);
    }
    expect(await rowsOf(home.account.id)).toBe(before);
  }, 60_000);
});

test("a form that was rendered for another account is refused", async () => {
  for (const line of writes().filter(({ guard }) => guard?.kind === "permission")) {
    const path = fill(line.path, await samplesFor(line.path, home));
    const answer = await browser.post(path, { ...fieldsFor(line, forms, home), _account: neighbour.account.id });
    expect([nameOfRoute(line), answer.status]).toEqual([nameOfRoute(line), 409]);
  }
});

test("every page of the account carries the account in its forms, and whoever is signed in can sign out on each", async () => {
  browser = await stayIn(browser, home);
  for (const line of pages().filter(({ guard }) => guard?.kind === "permission" || guard?.kind === "signed-in")) {
    const path = fill(line.path, await samplesFor(line.path, home));
    const page = await browser.get(path);
    if (page.status !== 200 || !/html/.test(page.headers["content-type"] ?? "")) continue;
    const { formsIn } = await import("./support/forms.ts");
    if (page.text.includes("<html")) expect(page.text, path).toContain('action="/sign-out"');
    if (line.guard?.kind !== "permission") continue;
    const without = formsIn(page.text, path).filter(
      (form) =>
        form.method === "POST" &&
        form.action.startsWith("/admin") &&
        !form.fields.some(({ name }) => name === "_account") &&
        // A form with a file carries it in its address: it is read before the file is.
        !["/admin/imports", "/admin/settings/logo"].includes(form.action.replace(`?_account=${home.account.id}`, "")),
    );
    expect(without.map(({ action }) => `${path}: ${action}`)).toEqual([]);
  }
});
