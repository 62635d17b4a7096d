import { sql } from "drizzle-orm";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { log } from "../log.ts";

/** A live worker says so every ten seconds (more often where tests shorten the silence that counts as death). */
const beatEvery = Math.min(10_000, (config.WORKER_SILENT_SECONDS * 1000) / 6);

/**
 * R2: one beat of this worker, and a look at the others. A worker that has been silent too long is dead, and so is one
 * that holds jobs and never was heard of: what is locked under its pool's id goes back to the queue at once instead of
 * after four hours. One statement, so a crash in between loses nobody.
 */
async function beat(poolId: string): Promise<void> {
  await db.execute(sql`
    insert into workers (id) values (${poolId}) on conflict (id) do update set seen_at = now()`);
  const silence = sql`now() - make_interval(secs => ${config.WORKER_SILENT_SECONDS})`;
  const dead = await db.execute<{ id: string }>(sql`
    with silent as (delete from workers where seen_at < ${silence} returning id),
    unknown as (
      select distinct locked_by as id from graphile_worker._private_jobs
      where locked_at < ${silence} and locked_by not in (select id from workers)
    ),
    dead as (select id from silent union select id from unknown),
    freed as (select graphile_worker.force_unlock_workers(array_agg(id)) from dead having count(*) > 0)
    select id from dead, (select count(*) from freed) done`);
  for (const { id } of dead) log.warn({ worker: id }, "a worker fell silent; its jobs go back to the queue");
}

/** Unlocks everything that a worker holds, so that others take it up. */
export async function giveBack(poolId: string): Promise<void> {
  await db.execute(sql`select graphile_worker.force_unlock_workers(array[${poolId}]::text[])`);
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
