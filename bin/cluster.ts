import { chmodSync, chownSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import * as settings from "../src/cluster/environment.ts";
import { certificate, program, write } from "../src/cluster/programs.ts";
import { Supervised } from "../src/cluster/supervised.ts";
import { ensureDatabase, freePort, startEmbedded } from "../src/db/embedded.ts";
import { runAs } from "../src/db/postgres-binaries.ts";
import { DataFolder, StartProblem } from "../src/dev/folder.ts";
import { assertPortFree, flagsOf } from "../src/dev/processes.ts";

/**
 * npm run cluster -- [--web 3] [--workers 2] [--port 8443]
 * Several web and worker processes on this machine, in production mode: HAProxy in front of the webs, PgBouncer between
 * them and Postgres. With DATABASE_URL the database is that one, else an embedded one. SIGHUP renews the processes one by
 * one, as a deploy does. docs/operations.md, "Several processes on one machine".
 */
const root = new URL("..", import.meta.url);
if (existsSync(new URL(".env", root))) process.loadEnvFile(new URL(".env", root));
const { values } = parseArgs({
  options: {
    web: { type: "string", default: "3" },
    workers: { type: "string", default: "2" },
    port: { type: "string", default: "8443" },
    demo: { type: "boolean", default: false },
  },
});
const [webs, workers, port] = [Number(values.web), Number(values.workers), Number(values.port)];
const url = `https://localhost:${port}`;

/** What is running, newest last: ended in the opposite order. */
const running: { name: string; pid?: number | undefined; stop(): Promise<void> }[] = [];
const ours: Supervised[] = [];
const portOf = new Map<string, number>();
let stopping: Promise<void> | undefined;

function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    for (const each of running.toReversed().filter((one) => !ours.includes(one as Supervised))) {
      if (each.name === "pgbouncer" || each.name === "postgres") continue;
      await each.stop();
    }
    await Promise.all(ours.map((each) => each.stop()));
    for (const each of running.toReversed()) if (/^p/.test(each.name)) await each.stop();
    process.exit(code);
  })();
  return stopping;
}

function start(how: ConstructorParameters<typeof Supervised>[0]): Supervised {
  const made = new Supervised(how);
  running.push(made);
  return made;
}

async function database(folder: DataFolder): Promise<string> {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const embedded = await startEmbedded(folder.databaseFolder().path, ["max_connections=100"]);
  running.push({ name: "postgres", stop: () => embedded.stop() });
  await ensureDatabase(embedded, "muster");
  return embedded.url("muster");
}

async function begin(): Promise<void> {
  for (const name of ["pgbouncer", "haproxy", "openssl"]) program(name);
  const folder = new DataFolder(process.env.MUSTER_DATA || new URL(".data/cluster", root).pathname);
  await assertPortFree(port);
  const direct = new URL(await database(folder));
  const env = settings.clusterEnvironment(folder.path, { webs, workers }, url);
  Object.assign(process.env, env, { DATABASE_URL: direct.href });

  const { migrateDatabase } = await import("../src/db/migrate.ts");
  await migrateDatabase();
  if (values.demo) await (await import("../src/db/seed.ts")).seedDemo();
  await (await import("../src/db/client.ts")).closeDatabase();

  const pool = new URL(direct);
  pool.host = `127.0.0.1:${await freePort()}`;
  const place = join(folder.path, "programs");
  mkdirSync(place, { recursive: true });
  const { uid, gid } = runAs();
  if (uid !== undefined) {
    chmodSync(folder.path, 0o711);
    chownSync(place, uid, gid!);
  }
  const quoted = (text: string) => `"${decodeURIComponent(text).replaceAll('"', '""')}"`;
  write(place, "userlist.txt", `${quoted(direct.username)} ${quoted(direct.password)}\n`, true);
  const size = settings.poolerSize(env);
  const ini = write(place, "pgbouncer.ini", settings.pgbouncerSettings(direct, Number(pool.port), place, size));
  start({ name: "pgbouncer", command: program("pgbouncer"), args: ["-q", ini], user: runAs() });

  const ports: number[] = [];
  for (let at = 0; at < webs; at++) ports.push(await freePort());
  const all = { ...env, DATABASE_URL: direct.href, DATABASE_POOL_URL: pool.href };
  const node = (name: string, file: string, more: Record<string, string>) =>
    ours.push(
      start({
        name,
        command: process.execPath,
        args: [...flagsOf(name.replace(/\d+$/, "")), new URL(file, root).pathname],
        env: { ...all, ...more, MUSTER_PROCESS: name },
      }),
    );
  for (let at = 1; at <= workers; at++) node(`worker${at}`, "src/worker.ts", {});
  for (const [at, each] of ports.entries()) {
    portOf.set(`web${at + 1}`, each);
    node(`web${at + 1}`, "src/server.ts", { PORT: String(each) });
  }

  const pem = certificate(place, "localhost");
  const cfg = write(place, "haproxy.cfg", settings.haproxySettings(ports, port, pem));
  start({ name: "haproxy", command: program("haproxy"), args: ["-W", "-db", "-q", "-f", cfg] });
  await untilAlive(ports);
  console.log(`\nready ${url}\n\n${running.map(({ name, pid }) => `  ${name.padEnd(10)} ${pid ?? ""}`).join("\n")}`);
  console.log(
    `\nPgBouncer gives ${size} connections to ${webs} web processes. SIGHUP renews them one by one; Ctrl-C stops.\n`,
  );
}

async function untilAlive(ports: number[]): Promise<void> {
  for (const each of ports) {
    const ready = async () => (await fetch(`http://127.0.0.1:${each}/readyz`).catch(() => undefined))?.ok;
    for (const end = Date.now() + 60_000; !(await ready()); await sleep(100)) {
      if (Date.now() > end)
        throw new StartProblem("A web process did not get ready within a minute. Its log says why.");
    }
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(0));
let renewing: Promise<void> = Promise.resolve();
process.on("SIGHUP", () => {
  renewing = renewing.then(async () => {
    for (const each of ours) {
      if (stopping) return;
      await each.renew();
      if (each.name.startsWith("web")) await untilAlive([portOf.get(each.name)!]);
      // The proxy has to hear of it, too.
      await sleep(1_500);
    }
    console.log("every process is renewed");
  });
});

begin().catch((error: unknown) => {
  console.error(error instanceof StartProblem ? error.message : error);
  void stop(1);
});
