import { sql } from "drizzle-orm";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { log } from "../log.ts";

/** A live worker says so every ten seconds (more often where tests shorten the silence that counts as death). */
const beatEvery = Math.min(10_000, (config.WORKER_SILENT_SECONDS * 1000) / 6);

/**
 * R2: one beat of this worker, and a look at the others. A worker that has been silent too long is dead: its jobs,
 * locked under its pool's id, are given back to the queue at once instead of after four hours.
 */
export async function beat(poolId: string): Promise<void> {
  await db.execute(sql`
    insert into workers (id) values (${poolId}) on conflict (id) do update set seen_at = now()`);
  const silent = await db.execute<{ id: string }>(sql`
    delete from workers where seen_at < now() - make_interval(secs => ${config.WORKER_SILENT_SECONDS}) returning id`);
  for (const { id } of silent) await giveBack(id);
}

async function giveBack(poolId: string) {
  await db.execute(sql`select graphile_worker.force_unlock_workers(array[${poolId}])`);
  log.warn({ worker: poolId }, "a worker fell silent; its jobs go back to the queue");
}

/** Beats until stopped; a lost database only skips a beat. Stopping signs the worker off. */
export function startHeartbeat(poolId: string): { stop(): Promise<void> } {
  const once = () => beat(poolId).catch((error) => log.warn({ err: error }, "heartbeat missed"));
  void once();
  const timer = setInterval(once, beatEvery);
  return {
    async stop() {
      clearInterval(timer);
      await db.execute(sql`delete from workers where id = ${poolId}`).catch(() => {});
    },
  };
}
