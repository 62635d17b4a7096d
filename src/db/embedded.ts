import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { postgresBinaries, type RunAs, runAs } from "./postgres-binaries.ts";

/** A Postgres for development and tests: binaries from npm, data in a folder. Production brings DATABASE_URL. */
export interface EmbeddedDatabase {
  /** The superuser's address of the `postgres` database: to make databases and to break things on purpose. */
  adminUrl: string;
  /** The address of a database as the application's ordinary role. */
  url(database: string): string;
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** Stops it as a crash would, and starts it again on the same port (R8). */
  restart(): Promise<void>;
  /** Called when the server ends without having been told to. */
  onLoss(tell: () => void): void;
}

/** The same whatever the machine speaks: messages are English, text sorts by code point. */
const locale = { LC_ALL: "C", LANG: "C", LC_MESSAGES: "C" };

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/**
 * A TCP port of loopback that nobody listens on at this moment. Below those that systems give to outgoing connections: one of
 * them could take it before it is listened on.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (await isFree(port)) return port;
  }
  throw new Error("no TCP port between 10000 and 32000 is free");
}

/** Starts the cluster in `dir`, made on first use, and makes sure that the role `muster` exists without special rights. */
export async function startEmbedded(dir: string, settings: string[] = []): Promise<EmbeddedDatabase> {
  const user = runAs();
  const bin = postgresBinaries(user);
  if (!existsSync(join(dir, "PG_VERSION"))) initialise(dir, bin, user);
  await endOrphan(dir);
  const server = new Server(dir, bin, user, settings);
  await server.start();

  const adminUrl = `postgres://postgres:postgres@127.0.0.1:${server.port}/postgres`;
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  await admin`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'muster') then
        create role muster login password 'muster' nosuperuser nocreatedb nocreaterole;
      end if;
    end $$`;
  await admin.end();

  return {
    adminUrl,
    url: (database) => `postgres://muster:muster@127.0.0.1:${server.port}/${database}`,
    stop: (how) => server.stop(how),
    restart: async () => {
      await server.stop("immediate");
      await server.start(server.port);
    },
    onLoss: (tell) => {
      server.lost = tell;
    },
  };
}

function initialise(dir: string, bin: string, user: RunAs) {
  mkdirSync(dir, { recursive: true });
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid!);
  const flags = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync"];
  // initdb wants an empty folder, so the password comes in through a file beside it.
  const passwordFile = `${dir}.password`;
  writeFileSync(passwordFile, "postgres\n");
  const made = spawnSync(
    join(bin, "initdb"),
    [`--pgdata=${dir}`, "--auth=scram-sha-256", "--username=postgres", `--pwfile=${passwordFile}`, ...flags],
    { ...user, env: { ...process.env, ...locale }, encoding: "utf8" },
  );
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) throw new Error(`initdb did not succeed:\n${made.error ?? made.stderr}`);
}

/** A server whose parent was killed still holds the data; the caller made sure that no parent lives. */
async function endOrphan(dir: string) {
  const file = join(dir, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  try {
    process.kill(pid, "SIGINT");
  } catch {
    return;
  }
  for (const end = Date.now() + 10_000; existsSync(file) && Date.now() < end; ) await sleep(50);
}

class Server {
  port = 0;
  lost = () => {};
  private child: ChildProcess | undefined;
  private stopping = false;
  private dir: string;
  private bin: string;
  private user: RunAs;
  private settings: string[];

  constructor(dir: string, bin: string, user: RunAs, settings: string[]) {
    this.dir = dir;
    this.bin = bin;
    this.user = user;
    this.settings = settings;
    // A parent that is ended by a signal handler of its own still takes the server along.
    process.once("exit", () => this.child?.kill("SIGINT"));
  }

  /** Another process may take a free port first, so a start without a fixed one is tried again. */
  async start(fixed?: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      this.port = fixed ?? (await freePort());
      try {
        return await this.launch();
      } catch (error) {
        if (tries === 5 || !/bind|in use/.test(String(error))) throw error;
      }
    }
  }

  private async launch(): Promise<void> {
    // The log is a file: a pipe that nobody reads would block the server. A session of its own keeps Ctrl-C away from it.
    const logFile = `${this.dir}.log`;
    const log = openSync(logFile, "w", 0o644);
    const options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "lc_messages=C", ...this.settings];
    const child = spawn(
      join(this.bin, "postgres"),
      ["-D", this.dir, "-p", String(this.port), ...options.flatMap((option) => ["-c", option])],
      { ...this.user, detached: true, stdio: ["ignore", log, log], env: { ...process.env, ...locale } },
    );
    closeSync(log);
    this.child = child;
    this.stopping = false;
    let ended: unknown;
    child.once("error", (error) => {
      ended = error;
    });
    child.once("exit", (code) => {
      ended ??= `exit code ${code}`;
      this.child = undefined;
      if (!this.stopping) this.lost();
    });

    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
      const log = readFileSync(logFile, "utf8");
      if (log.includes("database system is ready to accept connections")) return;
      if (ended) throw new Error(`The embedded Postgres did not start (${ended}):\n${log.slice(-2000)}`);
    }
    throw new Error("The embedded Postgres did not start within a minute.");
  }

  async stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    const child = this.child;
    if (!child) return;
    this.stopping = true;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await gone;
  }
}

/** Makes the database if it is missing, owned by the application's role; says whether it was made now. */
export async function ensureDatabase(embedded: EmbeddedDatabase, name: string): Promise<boolean> {
  const admin = postgres(embedded.adminUrl, { max: 1, onnotice: () => {} });
  try {
    const [found] = await admin`select 1 from pg_database where datname = ${name}`;
    if (!found) await admin.unsafe(`create database "${name}" owner muster template template0`);
    return !found;
  } finally {
    await admin.end();
  }
}
