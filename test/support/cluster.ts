import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type EmbeddedDatabase, ensureDatabase, startEmbedded } from "../../src/db/embedded.ts";

/** A cluster of one test file's own, to be broken on purpose, with the demo data in it. `DATABASE_URL` leads to it. */
export async function ownCluster(
  ...settings: string[]
): Promise<{ cluster: EmbeddedDatabase; dir: string; end(): Promise<void> }> {
  const dir = mkdtempSync("/tmp/muster-cluster-");
  chmodSync(dir, 0o755);
  const cluster = await startEmbedded(join(dir, "postgres"), settings);
  await ensureDatabase(cluster, "muster");
  process.env.DATABASE_URL = cluster.url("muster");
  fill();
  return {
    cluster,
    dir,
    async end() {
      await cluster.stop("immediate");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Migrates and seeds in a process of its own: this one has read its configuration already. */
function fill() {
  const steps = `
    const { quickenLoading } = await import("./src/loading.ts");
    quickenLoading();
    const { migrateDatabase } = await import("./src/db/migrate.ts");
    await migrateDatabase();
    const { seedDemo } = await import("./src/db/seed.ts");
    await seedDemo();
    process.exit(0);`;
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", steps], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
}
