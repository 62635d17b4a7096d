import { beforeAll, describe, expect, test } from "vitest";
import { isPermission, type Permission, permissionKeys, systemRoles } from "../src/access/permissions.ts";
import { endpoints } from "../src/api/all.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { ask, idsFor, nameOf } from "./support/endpoints.ts";
import { formsIn, linksIn } from "./support/forms.ts";
import { type Program, programOf } from "./support/programs.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import { everyRoute, household, nameOfRoute, pages, routeTo } from "./support/sweep.ts";
import { create } from "./support/world.ts";

/** The matrix of the requirements: each row, what it takes, and whether a Viewer may. An Admin may all of it. */
const matrix: [row: string, permission: Permission, viewer: boolean][] = [
  ["M1 view the dashboard", "dashboard.view", true],
  ["M2 generate client id and secret, refresh tokens", "api_clients.manage", false],
  ["M3 list refresh tokens", "api_clients.view", true],
  ["M4 view domains", "domains.view", true],
  ["M5 add a domain", "domains.add", false],
  ["M6 edit the name of a domain", "domains.edit", false],
  ["M7 delete a domain", "domains.delete", false],
  ["M8 verify a domain", "domains.verify", false],
  ["M9 M10 M11 list mailboxes, their details and storage", "mailboxes.view", true],
  ["M12 view a message", "messages.read", true],
  ["M13 add a mailbox", "mailboxes.add", false],
  ["M14 delete a mailbox", "mailboxes.delete", false],
  ["M15 logs of a mailbox", "logs.view", true],
  ["M16 view connectors", "connectors.view", true],
  ["M17 add a connector", "connectors.add", false],
  ["M18 update a connector", "connectors.edit", false],
  ["M19 delete a connector", "connectors.delete", false],
  ["M20 view webhooks", "webhooks.view", true],
  ["M21 add a webhook", "webhooks.add", false],
  ["M22 update a webhook", "webhooks.edit", false],
  ["M23 delete a webhook", "webhooks.delete", false],
  ["M24 list users", "users.view", true],
  ["M25 add a user", "users.add", false],
  ["M26 change the role of a user", "users.change_role", false],
  ["M27 delete a user", "users.delete", false],
  ["M28 change the plan", "subscription.change", false],
];

let home: Home;
let viewer: Browser;
let admin: Browser;
let nobody: Browser;
/** The same three by API, each with a token for everything. */
let programs: Record<"viewer" | "admin" | "nobody", Program>;
/** The routes that the pages of each lead to, by link or by form. */
let shown: Map<Browser, Set<string>>;

const held = (role: "viewer" | "admin"): readonly string[] => systemRoles[role].permissions;
const doorsOf = (permission: Permission) => endpoints.filter((line) => line.permission === permission);
const routesOf = (permission: Permission) => everyRoute().filter(({ guard }) => guard?.permission === permission);

async function shownTo(browser: Browser): Promise<Set<string>> {
  const found = new Set<string>();
  for (const line of pages()) {
    const path = fill(line.path, await samplesFor(line.path, home));
    const page = await browser.get(path);
    if (page.status !== 200 || !/html/.test(page.headers["content-type"] ?? "")) continue;
    const ways = [
      ...linksIn(page.text, path).map((href) => routeTo("GET", href)),
      ...formsIn(page.text, path).flatMap((form) =>
        [form.action, ...form.others].map((action) => routeTo(form.method, action)),
      ),
    ];
    for (const way of ways) if (way) found.add(nameOfRoute(way));
  }
  return found;
}

beforeAll(async () => {
  home = await household("Northwind");
  const { account } = home;
  const [reads, runs, may] = [["viewer"], ["admin"], []] as const;
  const [viewing, running, waiting] = await Promise.all(
    [reads, runs, may].map(async (held) => (await create.colleague(account, [...held])).user),
  );
  viewer = await browserOf(viewing!, account);
  admin = await browserOf(running!, account);
  nobody = await browserOf(waiting!, account);
  programs = {
    viewer: await programOf(account, viewing!),
    admin: await programOf(account, running!),
    nobody: await programOf(account, waiting!),
  };
  shown = new Map();
  for (const each of [viewer, admin]) shown.set(each, await shownTo(each));
}, 120_000);

/** What the route answers to this person: to a plain request and to one of htmx. */
async function statuses(browser: Browser, route: ReturnType<typeof everyRoute>[number]): Promise<number[]> {
  const found: number[] = [];
  for (const headers of [{}, { "HX-Request": "true" }]) {
    const path = fill(route.path, await samplesFor(route.path, home));
    found.push((await (route.method === "GET" ? browser.get(path) : browser.post(path)).set(headers)).status);
  }
  return found;
}

describe("B2 Viewer and Admin follow the matrix", () => {
  test("B2 every row stands on a permission of its own, and M1–M28 are all here", () => {
    const rows = matrix.flatMap(([row]) => row.match(/\bM\d+\b/g) ?? []);
    expect(rows).toEqual(Array.from({ length: 28 }, (_, n) => `M${n + 1}`));
    expect(new Set(matrix.map(([, permission]) => permission)).size).toBe(matrix.length);
    expect(matrix.filter(([, permission]) => !isPermission(permission))).toEqual([]);
  });

  test("B2 Admin holds everything but deleting the account, and is not an Owner", () => {
    expect(permissionKeys.filter((key) => !held("admin").includes(key))).toEqual(["account.delete"]);
  });

  for (const [row, permission, mayView] of matrix) {
    describe(`B2 ${row}`, () => {
      const routes = routesOf(permission);

      test(`B2 ${row}: ${mayView ? "Viewer and Admin hold" : "only Admin holds"} ${permission}`, () => {
        expect(held("viewer").includes(permission)).toBe(mayView);
        expect(held("admin").includes(permission)).toBe(true);
      });

      for (const route of routes) {
        test(`B2 ${row}: ${nameOfRoute(route)}`, async () => {
          expect(await statuses(nobody, route)).toEqual([403, 403]);
          expect(await statuses(new Browser(), route)).toEqual([303, 401]);
          expect(await statuses(admin, route)).not.toContain(403);
          if (!mayView) return expect(await statuses(viewer, route)).toEqual([403, 403]);
          // Behind the door of a row that a Viewer may also lie the ways to change something: no page leads them there,
          // and that they are refused is proven by T58 and by B7.
          const led = !route.path.includes(":") || shown.get(viewer)!.has(nameOfRoute(route));
          if (route.method === "GET" && led) expect(await statuses(viewer, route)).not.toContain(403);
        });
      }

      for (const line of doorsOf(permission)) {
        test(`B2 ${row}, by API: ${nameOf(line)}`, async () => {
          const answered = async (who: Program) => (await ask(who, line, await idsFor(line, home))).status;
          expect(await answered(programs.nobody)).toBe(403);
          if (mayView && line.method === "GET") expect(await answered(programs.viewer)).not.toBe(403);
          if (!mayView) expect(await answered(programs.viewer)).toBe(403);
          expect(await answered(programs.admin)).not.toBe(403);
        });
      }

      test(`B2 ${row}: the API has a door for it${row.startsWith("M2 ") ? " that only takes away" : ""}`, () => {
        const methods = doorsOf(permission).map(({ method }) => method);
        if (row.startsWith("M2 ")) expect(new Set(methods)).toEqual(new Set(["DELETE"]));
        else expect(methods).not.toEqual([]);
      });

      if (routes.length === 0) return;
      test(`B2 B5 ${row}: the pages lead there who may go there, and nobody else`, () => {
        const names = routes.map(nameOfRoute);
        expect(names.filter((name) => shown.get(admin)!.has(name))).not.toEqual([]);
        const forViewer = names.filter((name) => shown.get(viewer)!.has(name));
        if (mayView) expect(forViewer).not.toEqual([]);
        else expect(forViewer).toEqual([]);
      });
    });
  }
});
