import { getTableName, is, sql, Table } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { closeDatabase, db } from "../src/db/client.ts";
import * as schema from "../src/db/schema.ts";
import type { RouteLine } from "../src/http/route-lines.ts";
import { Browser, browserOf } from "./support/browser.ts";
import type { PageForm } from "./support/forms.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import { statementsOf } from "./support/statements.ts";
import { collectForms, fieldsFor, household, nameOfRoute, pages, stayIn, writes } from "./support/sweep.ts";
import { create } from "./support/world.ts";

/** Each table goes away in turn, as after a botched release, and every route that needs it is asked all the same. */
let home: Home;
let browser: Browser;
let forms: Map<string, PageForm>;
let away: string | undefined;
/** The tables that each route's statements name, as they were sent when all was well. */
const needs = new Map<string, Set<string>>();
/** What each route is asked about: a thing of its own. */
const paths = new Map<string, string>();

const lines = () => [...pages(), ...writes().filter(({ path }) => path !== "/sign-out")];

/** Asks a route about something that is there. */
async function ask(line: RouteLine) {
  const path = paths.get(nameOfRoute(line))!;
  return line.method === "GET" ? browser.get(path) : browser.post(path, fieldsFor(line, forms, home));
}

/** New things for these routes, as theirs may be used up, and the visitor signed in whatever has happened. */
async function settle(used: RouteLine[]) {
  browser = await stayIn(browser, home);
  for (const line of used) paths.set(nameOfRoute(line), fill(line.path, await samplesFor(line.path, home)));
}

beforeAll(async () => {
  home = await household("Northwind");
  browser = await browserOf(home.user, home.account);
  forms = await collectForms(home);
  for (const line of lines()) {
    await settle([line]);
    const sent = (await statementsOf(() => ask(line))).join("\n");
    needs.set(nameOfRoute(line), new Set(tables.filter((table) => new RegExp(`\\b${table}\\b`).test(sent))));
  }
  await settle(writes());
}, 120_000);

const rename = (from: string, to: string) =>
  db.execute(sql`alter table ${sql.identifier(from)} rename to ${sql.identifier(to)}`);

afterEach(async () => {
  if (away) await rename("gone", away);
  away = undefined;
});

const leaks =
  /relation|does not exist|postgres|drizzle|select |insert into|\bfrom "|\.ts:\d|at .+:\d+:\d+|node_modules|express|node\/?v?\d\d|stack|Error:|42P01/i;

const tables = Object.values(schema).flatMap((table) => (is(table, Table) ? getTableName(table) : []));

/** Only pages of whoever runs the installation ask for these. */
const ofOperators = ["alarms", "smtp_checks"];

/** No page needs these: they are of jobs, programs, triggers and migrations, or the page of operations does without. */
const unasked = ["idempotency_keys", "import_rights", "log_checks", "system_role_permissions", "workers"];

/** Needed to know who asks, so every route fails there, and in the same place: of these every tenth is asked. */
const ofVisitors = new Set(["accounts", "grants", "members", "role_permissions", "roles", "sessions"]);

function expectNoDetail({ text = "", headers }: Awaited<ReturnType<typeof ask>>, at: string) {
  const said = text.replace(/<(link|script|use|img)[^>]*>/g, "");
  expect(said.match(leaks)?.[0], `${at}: ${said}`).toBeUndefined();
  expect(text, at).toContain("Reference for support");
  expect(headers["content-security-policy"]).toContain("default-src 'self'");
}

describe("T74 an error says nothing of the inside", () => {
  for (const [at, table] of tables.filter((name) => ![...unasked, ...ofOperators].includes(name)).entries()) {
    test(`T74 without the table ${table}`, async () => {
      const all = lines().filter((line) => needs.get(nameOfRoute(line))!.has(table));
      // Where many routes need a table some are asked; other tables ask the others.
      const each = ofVisitors.has(table) ? 10 : Math.ceil(all.length / 12);
      const concerned = all.filter((_, nth) => (nth + at) % each === 0);
      // Some have used up what they would ask the table about; then others are asked until one needs it.
      const others = all.filter((line) => !concerned.includes(line));
      const used: RouteLine[] = [];
      let failed = 0;

      await rename(table, "gone");
      away = table;
      // What a connection has prepared goes on working under the new name.
      await closeDatabase();
      for (const [nth, line] of [...concerned, ...others].entries()) {
        if (nth >= concerned.length && failed > 0) break;
        const answer = await ask(line);
        if (answer.status < 500) {
          used.push(line);
          continue;
        }
        failed++;
        expectNoDetail(answer, nameOfRoute(line));
      }
      expect(failed).toBeGreaterThan(ofVisitors.has(table) ? concerned.length / 2 : 0);
      await rename("gone", table);
      away = undefined;
      expect((await new Browser().get("/sign-in")).status).toBe(200);
      await settle(used.filter(({ method }) => method !== "GET"));
    }, 60_000);
  }

  test.each(ofOperators)("T74 without the table %s, for whoever runs the installation", async (table) => {
    const operator = await browserOf(await create.user({ instanceAdmin: true }));
    await rename(table, "gone");
    away = table;
    await closeDatabase();
    for (const headers of [{}, { "HX-Request": "true" }])
      expectNoDetail(await operator.get("/instance/operations").set(headers).expect(500), table);
  });

  test("T74 a table that no page asks for is named above", () => {
    const asked = new Set([...needs.values()].flatMap((names) => [...names]));
    expect(tables.filter((table) => !asked.has(table)).toSorted()).toEqual([...unasked, ...ofOperators].toSorted());
  });
});
