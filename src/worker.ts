import { run } from "graphile-worker";
import pg from "pg";
import { tasks } from "../jobs/index.ts";
import { schedule } from "../jobs/schedule.ts";
import { config } from "./config.ts";
import { workerPools } from "./db/budget.ts";
import { closeDatabase, configureDatabase, ssl } from "./db/client.ts";
import { log } from "./log.ts";

const pools = workerPools();
configureDatabase({ max: pools.tasks, statementTimeout: 300_000 });

const pool = new pg.Pool({
  connectionString: config.DATABASE_URL,
  ssl: ssl[config.DATABASE_SSL],
  max: pools.queue,
  connectionTimeoutMillis: 10_000,
});
// Without listeners a lost connection would end the process (FACTS).
pool.on("error", (error) => log.warn({ err: error }, "queue connection lost"));
pool.on("connect", (client) => client.on("error", () => {}));

const runner = await run({
  pgPool: pool,
  taskList: tasks,
  parsedCronItems: schedule,
  concurrency: config.WORKER_CONCURRENCY,
  noHandleSignals: true,
  pollInterval: 2000,
});
log.info({ concurrency: config.WORKER_CONCURRENCY }, "worker is running");
process.send?.("listening");

let stopping = false;
async function stop(code: number) {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(code || 1), 25_000).unref();
  await runner.stop();
  await pool.end();
  await closeDatabase();
  process.exit(code);
}
process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));
