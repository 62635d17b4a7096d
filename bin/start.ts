import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureDatabase, freePort, startEmbedded } from "../src/db/embedded.ts";
import { DataFolder, StartProblem } from "../src/dev/folder.ts";
import { assertPortFree, Process, untilReady } from "../src/dev/processes.ts";

const root = new URL("..", import.meta.url);
if (existsSync(new URL(".env", root))) process.loadEnvFile(new URL(".env", root));

const port = Number(process.env.PORT || 3000);
const url = `http://localhost:${port}`;
const say = (text: string) => console.log(text);

/** What is running, newest last: ended in the opposite order, so web and worker never lose their database. */
const running: { stop(): Promise<void> | void; kill?(): void }[] = [];
let stopping: Promise<void> | undefined;
let stopSince = 0;

function stop(code: number, why: string): Promise<void> {
  stopping ??= (async () => {
    stopSince = Date.now();
    say(why);
    for (const each of running.toReversed()) await each.stop();
    process.exit(code);
  })();
  return stopping;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // Asked once more after a second, it does not wait any longer. (npm may pass the first Ctrl-C on a second time.)
    if (stopping && Date.now() - stopSince > 1000) for (const each of running) each.kill?.();
    void stop(0, "\nStopping: web, worker, database …");
  });
}

function startProcess(name: string, file: string) {
  const onLoss = (text: string) => void stop(1, `${text} Stopping everything.`);
  running.push(new Process(name, new URL(file, root), process.env, onLoss));
}

async function start() {
  // Another folder than `.data` keeps a second instance apart.
  const folder = new DataFolder(process.env.MUSTER_DATA || new URL(".data", root).pathname);
  folder.lock(port);
  running.push({ stop: () => folder.unlock() });
  await assertPortFree(port);

  const place = folder.databaseFolder();
  say("Starting the database …");
  if (place.moved) say(`  It lies in ${place.path}: its user cannot enter this folder.`);
  const database = await startEmbedded(place.path, ["max_connections=100"]);
  running.push({ stop: () => database.stop() });
  database.onLoss(() => void stop(1, "The database ended by itself. Stopping everything."));
  if (stopping) return;

  const inboxPort = await freePort();
  const namesPort = await freePort();
  Object.assign(process.env, {
    NODE_ENV: "development",
    PORT: String(port),
    BASE_URL: process.env.BASE_URL || url,
    DATABASE_URL: database.url("muster"),
    DATABASE_SSL: "off",
    DATABASE_CONNECTIONS: "100",
    SESSION_SECRET: folder.secret(),
    SMTP_URL: `smtp://127.0.0.1:${inboxPort}`,
    INBOX_PORT: String(inboxPort),
    INBOX_FILE: join(folder.path, "inbox.json"),
    NAME_SERVER_PORT: String(namesPort),
    NAME_SERVER_FILE: join(folder.path, "zones.json"),
    DNS_SERVERS: `127.0.0.1:${namesPort}`,
    DNS_PORT: String(namesPort),
  });

  say("Bringing its schema up to date …");
  await ensureDatabase(database, "muster");
  const { migrateDatabase } = await import("../src/db/migrate.ts");
  await migrateDatabase();
  const { demoPeople, demoPassword, seedDemo } = await import("../src/db/seed.ts");
  if (await seedDemo()) say("Filled in the demo data.");
  const { closeDatabase } = await import("../src/db/client.ts");
  await closeDatabase();
  if (stopping) return;

  say("Starting web and worker …");
  startProcess("worker", "src/worker.ts");
  startProcess("web", "src/server.ts");
  await untilReady(url, () => Boolean(stopping));
  if (stopping) return;

  say(`\nready ${url}\n`);
  say("Sign in as one of these, with the password");
  say(`  ${demoPassword}\n`);
  for (const person of demoPeople) say(`  ${person.email.padEnd(26)} ${person.about}`);
  say(`\nMails that Muster sends arrive at ${url}/dev/inbox; domains are looked up in ${url}/dev/dns.`);
  say("Ctrl-C stops everything.\n");
}

start().catch((error: unknown) => {
  const text = error instanceof StartProblem ? error.message : String((error as Error)?.stack ?? error);
  void stop(1, text);
});
