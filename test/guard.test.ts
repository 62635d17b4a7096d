import { Router } from "express";
import { describe, expect, test } from "vitest";
import { isPermission } from "../src/access/permissions.ts";
import { createApp } from "../src/app.ts";
import { rooms, routeLines } from "../src/rooms.ts";
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

  test("T60 a route without a declared right does not boot", () => {
    const careless = Router();
    careless.get("/careless", (_req, res) => void res.send("hello"));
    rooms.push(["/", careless]);
    try {
      expect(() => createApp()).toThrow(/without a declared right: GET \/careless/);
    } finally {
      rooms.pop();
    }
  });

  test("T60 there is nothing but GET and POST, and no router inside a router", () => {
    expect(
      routeLines()
        .filter(({ method }) => method !== "GET" && method !== "POST")
        .map(nameOfRoute),
    ).toEqual([]);
    for (const [mount, router] of rooms) {
      const nested = router.stack.filter(({ route }) => !route).map((layer) => layer.name);
      expect(
        nested.filter((name) => name === "router"),
        mount,
      ).toEqual([]);
    }
  });

  test("no two routes share an address", () => {
    const names = everyRoute().map(nameOfRoute);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});
