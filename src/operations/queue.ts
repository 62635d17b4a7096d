import { sql } from "drizzle-orm";
import { ask, askOne } from "./ask.ts";

/** So far jobs are counted: with one more there are "more than". */
export const mostCounted = 5000;

export interface QueueFacts extends Record<string, unknown> {
  /** Heard of within the last minute. */
  workers: number;
  /** Seconds that the next in line have been due. */
  oldest: number;
  due: number;
  later: number;
  running: number;
  /** The queue has given up on them. */
  failed: number;
}

const jobs = sql`graphile_worker._private_jobs`;
const upTo = (condition: ReturnType<typeof sql>) =>
  sql`(select count(*)::int from (select 1 from ${jobs} where ${condition} limit ${mostCounted + 1}) x)`;

const next = (most: number) => sql`
  select task_id, run_at from ${jobs} where is_available and run_at <= now() order by priority, run_at limit ${most}`;

/** How the queue stands. */
export const queueFacts = () =>
  askOne<QueueFacts>(sql`
    select (select count(*)::int from workers where seen_at > now() - interval '1 minute') as workers,
      coalesce((select extract(epoch from now() - min(run_at))::int from (${next(100)}) n), 0) as oldest,
      ${upTo(sql`is_available and run_at <= now()`)} as due,
      ${upTo(sql`is_available and run_at > now()`)} as later,
      ${upTo(sql`locked_at is not null`)} as running,
      ${upTo(sql`attempts >= max_attempts and locked_at is null`)} as failed`);

export interface Line extends Record<string, unknown> {
  name: string;
  due: number;
  /** Seconds that the oldest of them has been due. */
  oldest: number;
}

/** What waits to be done now, by the name of the job; the longest line first. */
export const lines = () =>
  ask<Line>(sql`
    select t.identifier as name, count(*)::int as due, extract(epoch from now() - min(j.run_at))::int as oldest
    from (${next(mostCounted)}) j join graphile_worker._private_tasks t on t.id = j.task_id
    group by t.identifier order by due desc, name`);

export interface WorkerLine extends Record<string, unknown> {
  id: string;
  startedSeconds: number;
  seenSeconds: number;
  running: number;
}

/** The workers that signed on, and what each has in hand. */
export const workerLines = () =>
  ask<WorkerLine>(sql`
    select w.id, extract(epoch from now() - w.started_at)::int as "startedSeconds",
      extract(epoch from now() - w.seen_at)::int as "seenSeconds",
      (select count(*)::int from ${jobs} j where j.locked_by = w.id) as running
    from workers w order by w.started_at limit 50`);

export interface TroubledJob extends Record<string, unknown> {
  id: string;
  name: string;
  attempts: number;
  most: number;
  error: string;
  /** The queue has given up on it. */
  over: boolean;
  /** Seconds until the next try; negative where it is due. */
  nextSeconds: number;
}

/** Jobs that failed at least once: those that are given up first, then those that are tried again. */
export async function troubledJobs(): Promise<TroubledJob[] | undefined> {
  const found = await ask<TroubledJob>(sql`
    select j.id::text, t.identifier as name, j.attempts::int, j.max_attempts::int as most, coalesce(j.last_error, '') as error,
      j.attempts >= j.max_attempts as over, extract(epoch from j.run_at - now())::int as "nextSeconds"
    from ${jobs} j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.locked_at is null and (j.last_error is not null or j.attempts >= j.max_attempts)
    order by over desc, j.updated_at desc limit 50`);
  return found?.map((job) => ({ ...job, error: plainError(job.error) }));
}

/** T93: the first line of what went wrong, without addresses, links and anything long enough to be a secret. */
export const plainError = (text: string): string =>
  (text.split("\n")[0] ?? "")
    .replaceAll(/\b\w+:\/\/\S+/g, "[…]")
    .replaceAll(/[^\s<>"']+@[^\s<>"']+/g, "[…]")
    .replaceAll(/[\w+/=-]{32,}/g, "[…]")
    .slice(0, 300);
