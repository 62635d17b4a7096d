import { createServer } from "node:net";

/**
 * Fills the cache of compiled code when a release is built, so that its first start is as quick and as small as the later
 * ones (src/loading.ts): loads the web with every room and the worker, far from any database and mail server, and stops
 * them at once. A room that does not load, or a route that does not say who may enter, fails the build. What reads
 * workbooks may keep nothing it has compiled, so its program is prepared here.
 */
const probe = createServer().listen(0);
const { port } = probe.address() as { port: number };
await new Promise((closed) => probe.close(closed));
Object.assign(process.env, {
  NODE_ENV: "test",
  PORT: String(port),
  DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing",
  SMTP_URL: "smtp://127.0.0.1:1",
});
const { prepareProgram } = await import("../src/xlsx/program.ts");
prepareProgram();
await import("../src/server.ts");
await import("../src/worker.ts");
const { loadAll } = await import("../src/http/room.ts");
const { assertGuarded, linesOf } = await import("../src/http/route-lines.ts");
const { programs, rooms } = await import("../src/rooms.ts");
assertGuarded(linesOf(await loadAll([...programs, ...rooms])));
await import("../src/api/routes.ts");
process.emit("SIGTERM");
