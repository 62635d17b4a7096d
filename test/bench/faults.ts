import { spawnSync } from "node:child_process";

/** The faults and the races that wait, with the waits of production (R2, R11) and all 500 rounds (T55). Takes minutes. */
export function runFaults(): number {
  const files = ["faults", "positions", "members", "rights-safety"].map((name) => `test/${name}`);
  const { status } = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--reporter=verbose", "--maxWorkers=1", ...files, "-t", "R\\d|T55"],
    { stdio: "inherit", env: { ...process.env, NODE_ENV: "test", REAL_WAITS: "1" } },
  );
  return status ?? 1;
}
