import { sql } from "drizzle-orm";
import journal from "../../migrations/meta/_journal.json" with { type: "json" };
import { db } from "../db/client.ts";
import { log } from "../log.ts";

export interface Readiness {
  database: "ok" | "away";
  /** `behind`: the release step has not run for this code. */
  migrations: "ok" | "behind" | "unknown";
  worker: "ok" | "away";
  /** How long the next jobs in line have been due, in seconds; an alarm after five minutes (R22). */
  queue: { oldestSeconds: number; alarm: boolean };
}

const newest = Math.max(...journal.entries.map(({ when }) => when));
const away: Readiness = {
  database: "away",
  migrations: "unknown",
  worker: "away",
  queue: { oldestSeconds: 0, alarm: false },
};

/** What the database says of itself and of the queue within a second. */
export async function askDatabase(): Promise<Readiness> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1000).unref());
  const asked = readState().catch((error) => (isUnmigrated(error) ? ("behind" as const) : undefined));
  const answer = await Promise.race([asked, late]);
  if (!answer) return away;
  if (answer === "behind") return { ...away, database: "ok", migrations: "behind" };

  const alarm = answer.oldest > 300;
  if (alarm)
    log.error({ oldestSeconds: answer.oldest, workers: answer.workers }, "jobs wait for longer than 5 minutes");
  return {
    database: "ok",
    migrations: Number(answer.migrated) >= newest ? "ok" : "behind",
    worker: answer.workers > 0 ? "ok" : "away",
    queue: { oldestSeconds: answer.oldest, alarm },
  };
}

/** The queue's age is that of the next hundred in line: an index gives them at once, however many wait. */
async function readState() {
  const [row] = await db.execute<{ workers: number; migrated: string; oldest: number }>(sql`
    select
      (select count(*)::int from workers where seen_at > now() - interval '1 minute') as workers,
      (select max(created_at) from drizzle.__drizzle_migrations) as migrated,
      coalesce((
        select extract(epoch from now() - min(run_at))::int from (
          select run_at from graphile_worker._private_jobs
          where is_available and run_at <= now() order by priority, run_at limit 100
        ) next
      ), 0) as oldest`);
  return row;
}

const isUnmigrated = (error: unknown): boolean =>
  /^(42P01|3F000)$/.test(String((error as { cause?: { code?: string } })?.cause?.code));
