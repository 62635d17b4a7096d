import type { RequestHandler, Router } from "express";
import { guardOf } from "../access/guard.ts";

export interface RouteLine {
  method: string;
  path: string;
  guard: ReturnType<typeof guardOf>;
}

/** Every route of every room with its guard, read off the routers. */
export function linesOf(rooms: [mount: string, router: Router][]): RouteLine[] {
  return rooms.flatMap(([mount, router]) =>
    router.stack.flatMap((layer) => {
      const route = layer.route;
      if (!route) return [];
      const handlers = route.stack.map((step) => step.handle as RequestHandler);
      const methods = [...new Set(route.stack.map((step) => step.method.toUpperCase()))];
      return [route.path].flat().flatMap((path) =>
        methods.map((method) => ({
          method,
          path: `${mount}/${path}`.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1"),
          guard: guardOf(handlers),
        })),
      );
    }),
  );
}

/** T60: a route that does not say who may enter stops the start. */
export function assertGuarded(lines: RouteLine[]): void {
  const unguarded = lines.filter((line) => !line.guard);
  if (unguarded.length > 0) {
    throw new Error(
      `Routes without a declared right: ${unguarded.map((line) => `${line.method} ${line.path}`).join(", ")}`,
    );
  }
}
