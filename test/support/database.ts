import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { ensureDatabase, startEmbedded } from "../../src/db/embedded.ts";

declare module "vitest" {
  interface ProvidedContext {
    adminUrl: string;
    templateUrl: string;
  }
}

/** One cluster a run; its migrated database `template` is cloned for each test file (50 ms). */
export default async function setup(project: TestProject) {
  const dir = mkdtempSync(join("/tmp", "muster-test-"));
  chmodSync(dir, 0o755);
  const embedded = await startEmbedded(join(dir, "postgres"), [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
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

  return async () => {
    await embedded.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
