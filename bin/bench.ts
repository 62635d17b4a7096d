import { parseArgs } from "node:util";
import { runFaults, runFaultsPooled, runMigrations } from "../test/bench/faults.ts";
import { header, missed } from "../test/bench/measure.ts";
import { productionEnv, serveFloor, serveMuster, signIn } from "../test/bench/processes.ts";
import { benchWorld } from "../test/bench/world.ts";

/**
 * npm run bench -- [case …] [--rows 100000] [--seconds 5] [--people 100000]
 * Seeds, measures the floor and Muster in one run, prints figures and ratios. It judges budgets, it fails nothing.
 * npm run bench -- faults: the fault tests with the waits of production; these do fail.
 * npm run bench -- faults-pooled: the same with PgBouncer before the web processes.
 * npm run bench -- system [scene …]: faults on the whole system as `npm run cluster` starts it (docs/reliability.md).
 * npm run bench -- migrations: every migration on a million rows, beside the release before it (R20); these fail, too.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "100000" },
    seconds: { type: "string", default: "5" },
    people: { type: "string" },
  },
});
// Faults need no world of members, and no server that is measured.
if (positionals.includes("faults")) process.exit(runFaults());
if (positionals.includes("faults-pooled")) process.exit(runFaultsPooled());
if (positionals.includes("system")) {
  const { runSystemFaults } = await import("../test/bench/system-faults.ts");
  const named = positionals.filter((name) => name !== "system");
  process.exit((await runSystemFaults(named)) === 0 ? 0 : 1);
}
if (positionals.includes("migrations")) process.exit(runMigrations());

const rows = Number(values.rows);
const world = await benchWorld(rows);
Object.assign(process.env, productionEnv);

// Only now: what is measured reads its configuration from the environment.
const { cases } = await import("../test/bench/cases.ts");
const unknown = positionals.filter((name) => !Object.hasOwn(cases, name));
if (unknown.length > 0) {
  console.error(`No such case: ${unknown.join(", ")}. There are: ${Object.keys(cases).join(", ")}`);
  process.exit(2);
}

const floor = await serveFloor(world);
const muster = await serveMuster();
const bench = {
  world,
  floor,
  muster,
  cookie: await signIn(muster.url),
  seconds: Number(values.seconds),
  people: Number(values.people ?? values.rows),
};

console.log(`\n${rows} members in one account, ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
header();
for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
  await cases[name]!(bench).catch((error) =>
    console.error(`${name}: ${error instanceof Error ? error.message : error}`),
  );
}
console.log(`\n${missed()} budgets missed`);

await muster.stop();
await floor.stop();
await world.embedded.stop();
process.exit(0);
