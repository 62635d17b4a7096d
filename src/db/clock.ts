import { sql } from "drizzle-orm";
import { log } from "../log.ts";
import { run } from "./client.ts";

/** Less than this is the way to the database and back, and no matter. */
const jitter = 2_000;
const often = 60_000;

/** How far this machine's clock is ahead of the database's, in milliseconds. */
let ahead = 0;

/**
 * Now by the database's clock, in milliseconds since 1970: for times that one process writes down and another one reads, so
 * that nothing is over too early, or lasts too long, where their machines' clocks differ (R16).
 */
export const sharedNow = (): number => Date.now() - ahead;

/** Compares the two clocks. A database that does not answer changes nothing: what was found last still holds. */
export async function compareClocks(): Promise<void> {
  const asked = Date.now();
  const [row] = await run<{ now: number }>(sql`select extract(epoch from clock_timestamp())::float * 1000 as now`);
  const found = (asked + Date.now()) / 2 - row!.now;
  const before = ahead;
  ahead = Math.abs(found) < jitter ? 0 : found;
  if (ahead !== 0 && Math.abs(ahead - before) > jitter)
    log.warn({ seconds: Math.round(ahead / 1000) }, "this machine's clock is not the database's: set it by NTP");
}

/** Compares them at once, and every minute. */
export function followClock(): { stop(): void } {
  const look = () => void compareClocks().catch((error) => log.warn({ err: error }, "clocks not compared"));
  look();
  const timer = setInterval(look, often);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
