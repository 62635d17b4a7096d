import { sql } from "drizzle-orm";
import type { WorkerEvents } from "graphile-worker";
import { run } from "./client.ts";

/**
 * R16: what runs by the clock is due at once when its minute has come, by whosever clock. The queue would stamp it with this
 * machine's time: one that is ten minutes fast would let everything wait for ten minutes.
 */
export function dueNow(events: WorkerEvents): void {
  events.on("cron:schedule", ({ jobsAndIdentifiers }) => {
    for (const { job } of jobsAndIdentifiers) Object.assign(job, { runAt: null });
  });
}

/** R16: a machine that was fast has written down that it ran the minutes to come; nobody else would run them. */
export async function forgetTheFuture(): Promise<void> {
  await run(sql`
    update graphile_worker._private_known_crontabs set last_execution = now()
    where last_execution > now() + interval '1 minute'`);
}
