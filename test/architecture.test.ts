import { describe, expect, test } from "vitest";
import { isPermission, permissionKeys } from "../src/access/permissions.ts";
import { eventNames } from "../src/audit/events.ts";
import { iconNames } from "../src/http/icons.ts";
import { importsOf, median, type Source, sources } from "./support/sources.ts";

/** The rules of the house that a machine can check. What is printed here is how the house stands today. */
const modules = sources("src/**/*.ts", "jobs/**/*.ts");
const views = sources("views/**/*.ejs");

/** The closed list of what every room stands on; of two folders only the part that writes, the rest is a room. */
const foundations =
  /^src\/(http|access|mail|i18n)\/|^src\/audit\/(events|record)\.ts$|^src\/notifications\/(kinds|notify)\.ts$|^src\/(queue|config|log)\.ts$/;
const lists = ["src/rooms.ts", "src/instance-rooms.ts", "src/profile-rooms.ts", "src/user-rooms.ts"];
const entries = [...lists, "src/app.ts", "src/server.ts", "src/worker.ts"];

type Layer = "entry" | "jobs" | "room" | "foundation" | "db";
const height: Record<Layer, number> = { db: 0, foundation: 1, room: 2, jobs: 3, entry: 4 };

function layerOf(path: string): Layer {
  if (entries.includes(path)) return "entry";
  if (path.startsWith("jobs/")) return "jobs";
  if (foundations.test(path)) return "foundation";
  // Demo data goes in through the rooms' own doors, so it stands on them.
  if (path.startsWith("src/db/") && !path.startsWith("src/db/seed")) return "db";
  return "room";
}

/** What even the lowest layer may use: settings, the log, and the permission catalogue, which is data. */
const ground = ["src/config.ts", "src/log.ts", "src/access/permissions.ts"];

const isRoutes = (path: string) => /(^|\/|-)routes\.ts$/.test(path);
const list = (found: string[]) => found.join("\n");

function arrows(): string[] {
  return modules.flatMap((module) =>
    importsOf(module)
      .filter(({ to }) => /^(src|jobs)\//.test(to))
      .filter(({ to, types }) => {
        const [from, onto] = [layerOf(module.path), layerOf(to)];
        if (isRoutes(to) && ![...lists, "src/app.ts"].includes(module.path)) return true;
        if (onto === "jobs") return !(module.path === "src/worker.ts" || from === "jobs");
        if (onto === "entry") return from !== "entry";
        return height[onto] > height[from] && !types && !ground.includes(to);
      })
      .map(({ to }) => `${module.path} → ${to}`),
  );
}

const tooLong = (files: Source[], most: (path: string) => number) =>
  files.filter(({ path, lines }) => lines > most(path)).map(({ path, lines }) => `${path}: ${lines} lines`);

describe("the house", () => {
  test("arrows point down: jobs → rooms → foundations → db", () => {
    expect(list(arrows())).toBe("");
  });

  test("files are short, rooms are small", () => {
    const lines = modules.map((module) => module.lines);
    const rooms = new Map<string, number>();
    for (const { path } of modules) {
      const [, room, file] = path.match(/^src\/([^/]+)\/([^/]+\.ts)$/) ?? [];
      if (room && file && layerOf(`src/${room}/x.ts`) === "room") rooms.set(room, (rooms.get(room) ?? 0) + 1);
    }
    const figures = { median: median(lines), p90: median(lines, 0.9), longest: Math.max(...lines) };
    console.log(
      `${modules.length} modules: median ${figures.median}, p90 ${figures.p90}, longest ${figures.longest} lines; ` +
        `${views.length} views: median ${median(views.map((view) => view.lines))}; ` +
        `rooms ${[...rooms].map(([room, files]) => `${room} ${files}`).join(", ")}`,
    );

    expect(figures.median).toBeLessThanOrEqual(60);
    expect(figures.p90).toBeLessThanOrEqual(140);
    expect(list(tooLong(modules, (path) => (path === "src/db/schema.ts" ? 350 : 200)))).toBe("");
    expect(list(tooLong([...views, ...sources("bin/*")], () => 200))).toBe("");
    expect(list(tooLong(sources("public/*.js"), () => 79))).toBe("");
    expect([...rooms].filter(([, files]) => files > 9)).toEqual([]);
  });

  test("routes hold no SQL and catch nothing", () => {
    const found = modules
      .filter(({ path }) => isRoutes(path))
      .flatMap((module) => [
        ...importsOf(module)
          .filter(
            ({ to, types }) =>
              !types && (to.startsWith("src/db/") || to.startsWith("drizzle-orm") || to === "postgres"),
          )
          .map(({ to }) => `${module.path} imports ${to}`),
        ...(module.text.match(/\btry\s*\{|\.catch\(|\bsql`/g) ?? []).map((found) => `${module.path}: ${found}`),
      ]);
    expect(list(found)).toBe("");
  });

  test("every exported function says what it is for", () => {
    const found = modules.flatMap(({ path, text }) =>
      [...text.matchAll(/(.*)\n(?:(?:\/\/|@).*\n)*export (?:async )?(?:function\*? |class )(\w+)/g)]
        .filter(([, before]) => !before!.trim().endsWith("*/"))
        .map(([, , name]) => `${path}: ${name}`),
    );
    expect(list(found)).toBe("");
  });

  test("names are kebab-case; permissions say noun.verb, events noun.past, jobs verb_noun", async () => {
    const odd = sources("src/**/*.ts", "jobs/**/*.ts", "test/**/*.ts", "bin/*", "public/*", "views/**/*.ejs")
      .map(({ path }) => path)
      .filter((path) => !/^([a-z0-9-]+\/)*_?[a-z0-9]+(-[a-z0-9]+)*(\.(test|d))?\.\w+$/.test(path));
    expect(list(odd)).toBe("");
    expect(permissionKeys.filter((key) => !/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/.test(key))).toEqual([]);
    expect(
      eventNames.filter((name) => !/^[a-z]+\.([a-z]+_)*([a-z]+ed|sent|resent|left|reset)(_[a-z]+)*$/.test(name)),
    ).toEqual([]);
    const { tasks } = await import("../jobs/index.ts");
    expect(Object.keys(tasks).filter((name) => !/^[a-z]+(_[a-z]+)+$/.test(name))).toEqual([]);
  });

  test("every right that code asks for is in the catalogue", () => {
    const asked = [...modules, ...views].flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:allow|may)\("([^"]+)"/g)].map(([, key]) => ({ path, key: key! })),
    );
    expect(asked.filter(({ key }) => !isPermission(key))).toEqual([]);
  });
});

describe("views", () => {
  test("T63 print raw text only for partials and the layout's body", () => {
    const found = views.flatMap(({ path, text }) =>
      [...text.matchAll(/<%-\s*([^%]*?)\s*-?%>/g)]
        .filter(([, what]) => !/^(include\(|body$)/.test(what!))
        .map(([whole]) => `${path}: ${whole}`),
    );
    expect(list(found)).toBe("");
  });

  test("T66 hold no inline style, script or handler, and quote every attribute that they fill", () => {
    const pages = views.filter(({ path }) => !path.startsWith("views/emails/"));
    const found = pages.flatMap(({ path, text }) =>
      [
        ...text.matchAll(/\sstyle=|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)|javascript:|\shx-on/gi),
        ...text.matchAll(/\s[a-z-]+=<%/g),
      ].map(([whole]) => `${path}: ${whole.trim()}`),
    );
    expect(list(found)).toBe("");
  });

  test("name icons of the list, and the list holds no other", () => {
    const everywhere = [...views, ...modules.filter(({ path }) => path !== "src/http/icons.ts")];
    const used = views.flatMap(({ text }) =>
      [...text.matchAll(/icons\.svg"\) %>#([a-z0-9-]+)"/g)].map(([, name]) => name!),
    );
    const known: readonly string[] = iconNames;
    expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([]);
    const unused = iconNames.filter(
      (name) => !used.includes(name) && !everywhere.some(({ text }) => text.includes(`"${name}"`)),
    );
    expect(unused).toEqual([]);
  });
});
