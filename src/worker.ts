import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runner, WorkerEvents } from "graphile-worker";
import { quickenLoading } from "./loading.ts";

quickenLoading();
const { Logger, run } = await import("graphile-worker");
const { tasks } = await import("../jobs/index.ts");
const { schedule } = await import("../jobs/schedule.ts");
const { standBehind } = await import("./behind.ts");
const { config } = await import("./config.ts");
const { workerPools } = await import("./db/budget.ts");
const { closeDatabase, configureDatabase } = await import("./db/client.ts");
const { dueNow, forgetTheFuture } = await import("./db/schedule-clock.ts");
const { openQueuePool } = await import("./db/queue-pool.ts");
const { giveBack, startHeartbeat } = await import("./health/heartbeat.ts");
const { log } = await import("./log.ts");
const { ending } = await import("./queue.ts");
const { startSealing } = await import("./seals/start.ts");
const { startTelling } = await import("./webhook-sending/start.ts");

// Where both run on one machine, whoever waits for a page goes first. Tests wait for this process itself.
if (process.env.NODE_ENV !== "test") standBehind();

const pools = workerPools(config);
configureDatabase({ max: pools.tasks, statementTimeout: 300_000, queueTimeout: 60_000 });

const pool = openQueuePool(pools.queue);

const logger = new Logger(() => (level, message, meta) => {
  // Tasks use a pool of their own, so the queue's may be smaller than the number of jobs at once.
  if (message.includes("maxPoolSize")) return;
  const line = { detail: meta?.error ? String((meta.error as Error).message ?? meta.error) : undefined };
  log[level === "warning" ? "warn" : level === "debug" ? "trace" : level](line, message);
});

let runner: Runner | undefined;
let poolId: string | undefined;
let stopping = false;

/** Works the queue until the pool ends: by our signal, or because its database was away for too long. */
async function work(): Promise<void> {
  const events = new EventEmitter() as WorkerEvents;
  let heartbeat: ReturnType<typeof startHeartbeat> | undefined;
  let telling: ReturnType<typeof startTelling> | undefined;
  let sealing: ReturnType<typeof startSealing> | undefined;
  dueNow(events);
  events.once("pool:create", ({ workerPool }) => {
    poolId = workerPool.id;
    heartbeat = startHeartbeat(workerPool.id);
    telling = startTelling();
    sealing = startSealing();
  });
  try {
    await forgetTheFuture();
    runner = await run({
      pgPool: pool,
      taskList: tasks,
      parsedCronItems: schedule,
      events,
      logger,
      concurrency: config.WORKER_CONCURRENCY,
      noHandleSignals: true,
      pollInterval: 2000,
      preset: {
        worker: {
          gracefulShutdownAbortTimeout: 15_000,
          // Jobs are fetched and settled in batches, for speed. A crash repeats what a batch had not settled yet, and every
          // job is safe to run twice.
          localQueue: { size: config.WORKER_CONCURRENCY },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
    });
    log.info({ concurrency: config.WORKER_CONCURRENCY }, "worker is running");
    process.send?.("listening");
    await runner.promise;
  } finally {
    await Promise.all([heartbeat?.stop(), telling?.stop(), sealing?.stop()]);
  }
}

/** A lost database ends the queue's runner, never the process (R8, R11): it begins again when the database is back. */
async function workForever() {
  while (!stopping) {
    await work().catch((error) => log.error({ err: error }, "the queue stopped; beginning again"));
    if (!stopping) await sleep(2000);
  }
}

/** R18: takes no new jobs, lets the running ones finish within 15 s, and is gone within 25. */
async function stop(code: number) {
  if (stopping) return;
  stopping = true;
  ending.abort();
  setTimeout(() => process.exit(code || 1), 25_000).unref();
  const finished = Promise.resolve(runner?.stop().catch(() => {})).then(() => working);
  const inTime = await Promise.race([finished.then(() => true), sleep(20_000, false)]);
  // What is still running then goes back to the queue, for the next worker to start again.
  if (!inTime && poolId) await giveBack(poolId).catch(() => {});
  const { closeConnections } = await import("./imap/connections.ts");
  await Promise.race([Promise.all([pool.end(), closeConnections(), closeDatabase()]), sleep(2_000)]);
  process.exit(code);
}
for (const signal of ["SIGTERM", "SIGINT", "disconnect"] as const) process.on(signal, () => void stop(0));

// R24: nothing that a task forgot to catch leaves a worker in an unknown state.
process.on("uncaughtException", (error) => {
  log.fatal({ err: error }, "uncaught exception");
  void stop(1);
});

const working = workForever();
