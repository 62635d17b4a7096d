import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { ensureDatabase, startEmbedded } from "../../src/db/embedded.ts";

declare module "vitest" {
  interface ProvidedContext {
    adminUrl: string;
    templateUrl: string;
    /** Where the cluster listens as well, beside its port. */
    databaseSocket: string;
  }
}

/** In memory where there is room for it: a cloned database is a thousand files, and making them cost as much as ten tests. */
function roomy(): string {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 4 * 1024 ** 3 ? "/dev/shm" : "/tmp";
  } catch {
    return "/tmp";
  }
}

/** One cluster a run; its migrated database `template` is cloned for each test file (20 ms). */
export default async function setup(project: TestProject) {
  const dir = mkdtempSync(join(roomy(), "muster-test-"));
  chmodSync(dir, 0o755);
  const sockets = join(dir, "sockets");
  mkdirSync(sockets);
  chmodSync(sockets, 0o777);
  const embedded = await startEmbedded(join(dir, "postgres"), [
    `unix_socket_directories=${sockets}`,
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "max_connections=300",
    // A file has some twenty connections; to prove the password for each cost more than most of them do.
    "scram_iterations=1",
  ]);
  await ensureDatabase(embedded, "template");
  const { migrateDatabase } = await import("../../src/db/migrate.ts");
  await migrateDatabase(embedded.url("template"));
  const admin = postgres(embedded.adminUrl, { max: 1 });
  await admin`alter database template with is_template true`;
  await admin.end();

  project.provide("adminUrl", embedded.adminUrl);
  project.provide("templateUrl", embedded.url("template"));
  project.provide("databaseSocket", join(sockets, `.s.PGSQL.${new URL(embedded.adminUrl).port}`));

  return async () => {
    await embedded.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
