import { spawnSync } from "node:child_process";

const vitest = (args: string[], env: Record<string, string>): number =>
  spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--reporter=verbose", "--maxWorkers=1", ...args],
    { stdio: "inherit", env: { ...process.env, NODE_ENV: "test", ...env } },
  ).status ?? 1;

/** The faults and the races that wait, with the waits of production (R2, R11) and all 500 rounds (T55). Takes minutes. */
export function runFaults(): number {
  const files = ["faults", "positions", "members", "rights-safety"].map((name) => `test/${name}`);
  return vitest([...files, "-t", "R\\d|T55"], { REAL_WAITS: "1" });
}

/** The same files with PgBouncer between the web processes and the database (test/support/pooler.ts). */
export const runFaultsPooled = (): number =>
  vitest(["test/faults", "-t", "R\\d"], { REAL_WAITS: "1", BEHIND_PGBOUNCER: "1" });

/** R20 on a million rows. Takes minutes, most of them to make the rows. */
export const runMigrations = (): number => vitest(["test/faults/migrations.test.ts"], { MIGRATION_ROWS: "1000000" });
