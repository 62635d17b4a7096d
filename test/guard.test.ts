import { Router } from "express";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { open } from "../src/access/guard.ts";
import { isPermission } from "../src/access/permissions.ts";
import { loadAll, reaches, room } from "../src/http/room.ts";
import { linesOf } from "../src/http/route-lines.ts";
import { programs, rooms, routeLines } from "../src/rooms.ts";
import { appWith } from "./support/rooms.ts";
import { everyRoute, nameOfRoute } from "./support/sweep.ts";

describe("T60 nothing is open by accident", () => {
  test("T60 every route declares who may enter, with a right of the catalogue", () => {
    for (const line of everyRoute()) {
      expect(line.guard, nameOfRoute(line)).toBeDefined();
      if (line.guard?.kind === "permission")
        expect(isPermission(line.guard.permission ?? ""), nameOfRoute(line)).toBe(true);
    }
    const open = everyRoute().filter(({ guard }) => guard?.kind === "open");
    expect(
      open.filter(({ path }) => path.startsWith("/admin") || path.startsWith("/profile")).map(nameOfRoute),
    ).toEqual([]);
  });

  test("T60 a room with a route without a declared right is never answered, whoever asks and how often", async () => {
    const careless = Router();
    careless.get("/careless", (_req, res) => void res.send("hello"));
    careless.get("/careful", open("a test asks"), (_req, res) => void res.send("hello"));
    const app = appWith([room("/rooms-of-tests", async () => ({ careless }), "careless")]);
    for (const path of ["careless", "careful", "careless"]) {
      const answer = await supertest(app).get(`/rooms-of-tests/${path}`);
      expect(answer.status, path).toBe(500);
      expect(answer.text).not.toContain("hello");
    }
  });

  test("T60 there is nothing but GET and POST, and no router inside a router", async () => {
    expect((await routeLines()).filter(({ method }) => method !== "GET" && method !== "POST").map(nameOfRoute)).toEqual(
      [],
    );
    for (const [mount, router] of await loadAll(rooms)) {
      const nested = router.stack.filter(({ route }) => !route).map((layer) => layer.name);
      expect(
        nested.filter((name) => name === "router"),
        mount,
      ).toEqual([]);
    }
  });

  test("every route stands at an address at which its room is asked for", async () => {
    const lost = await Promise.all(
      [...programs, ...rooms].map(async (each) =>
        linesOf([[each.mount, await each.load()]]).filter(({ path }) => !reaches(each, path)),
      ),
    );
    expect(lost.flat().map(nameOfRoute)).toEqual([]);
  });

  test("no two routes share an address", () => {
    const names = everyRoute().map(nameOfRoute);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});
