import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Router } from "express";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { open } from "../src/access/guard.ts";
import { room } from "../src/http/room.ts";
import { language } from "../src/i18n/t.ts";
import { appWith } from "./support/rooms.ts";

/** Rooms load when they are first asked for. */
function hall(answer: () => string = () => "welcome") {
  const router = Router();
  router.get("/", open("a test asks"), (_req, res) => void res.send(answer()));
  router.get(
    "/:id/chairs",
    open("a test asks"),
    (req, res) => void res.send(`chairs of ${req.params.id} at ${req.baseUrl}`),
  );
  return { router };
}

describe("a room", () => {
  test("is loaded when it is first asked for, and once for all who ask meanwhile", async () => {
    let loads = 0;
    let arrived = (_hall: ReturnType<typeof hall>) => {};
    const load = () => {
      loads++;
      return new Promise<ReturnType<typeof hall>>((resolve) => {
        arrived = resolve;
      });
    };
    const app = appWith([room("/hall", load, "router")]);
    await supertest(app).get("/hallway").expect(404);
    expect(loads).toBe(0);

    const both = Promise.all(["/hall", "/hall/7/chairs"].map((path) => supertest(app).get(path)));
    while (loads === 0) await new Promise((resolve) => setImmediate(resolve));
    arrived(hall());
    expect((await both).map(({ text }) => text)).toEqual(["welcome", "chairs of 7 at /hall"]);
    await supertest(app).get("/hall").expect(200, "welcome");
    expect(loads).toBe(1);
  });

  test("that fails to load answers the error page, to all who wait, and is tried again by the next", async () => {
    let loads = 0;
    const load = async () => {
      if (++loads === 1) throw new Error("EMFILE: too many open files, open '/somewhere/secret.ts'");
      return hall();
    };
    const app = appWith([room("/hall", load, "router")]);
    const failed = await supertest(app).get("/hall");
    expect(failed.status).toBe(500);
    expect(failed.text).toContain("It is our fault");
    expect(failed.text).not.toContain("secret.ts");
    await supertest(app).get("/hall").expect(200, "welcome");
    expect(loads).toBe(2);
  });

  test("whose code was not there when it was first asked for is found once it is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "muster-room-"));
    const file = join(folder, "routes.mjs");
    const app = appWith([
      room("/hall", async () => ({ router: (await import(pathToFileURL(file).href)).hall }), "router"),
    ]);
    await supertest(app).get("/hall").expect(500);
    writeFileSync(file, 'export const hall = Object.assign((_req, res) => res.send("late"), { stack: [] });');
    await supertest(app).get("/hall").expect(200, "late");
  });

  test("is not loaded in the language of who asked for it first", async () => {
    let loadedIn = "";
    const load = async () => {
      loadedIn = language().locale;
      return hall(() => language().locale);
    };
    const app = appWith([room("/hall", load, "router")]);
    const answer = await supertest(app).get("/hall").set("Accept-Language", "de");
    expect([loadedIn, answer.text]).toEqual(["en", "de"]);
  });

  test("lets what it does not answer pass to the next one", async () => {
    const second = Router();
    second.get("/cellar", open("a test asks"), (_req, res) => void res.send("below"));
    const app = appWith([
      room("/hall", async () => hall(), "router"),
      room("/hall", async () => ({ second }), "second", ["/cellar"]),
    ]);
    await supertest(app).get("/hall/cellar").expect(200, "below");
    await supertest(app).get("/HALL/Cellar/").expect(200, "below");
    await supertest(app).get("/hall/attic").expect(404);
  });
});

test("only what was asked for is loaded", () => {
  const code = `
    const loaded = [];
    (await import("node:module")).registerHooks({
      load(url, context, next) { loaded.push(url); return next(url, context); },
    });
    const { createApp } = await import("./src/app.ts");
    createApp();
    console.log(loaded.filter((url) => /\\/src\\/.*routes\\.ts$/.test(url)).join("\\n"));
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: new URL("..", import.meta.url),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const names = stdout
    .trim()
    .split("\n")
    .map((url) => url.replace(/.*\/src\//, ""));
  expect(names.sort()).toEqual(["health/routes.ts", "http/asset-routes.ts", "metrics/routes.ts"]);
});
