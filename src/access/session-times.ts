import { db } from "../db/client.ts";
import { instanceSettings } from "../db/schema.ts";
import { log } from "../log.ts";

const minute = 60_000;

/** How long a session may be idle, and how old it may get, in milliseconds. */
const times = { idle: 60 * minute, age: 12 * 60 * minute };
let askedAt = 0;

/** The settings of the instance, as this process read them within the last minute. */
export function sessionTimes(): Readonly<typeof times> {
  if (askedAt < Date.now() - minute) readSessionTimes().catch((error) => log.warn({ err: error }, "settings not read"));
  return times;
}

/** Reads them now. While the database is away the ones that were read last go on. */
export async function readSessionTimes(): Promise<void> {
  askedAt = Date.now();
  const [row] = await db
    .select({ idleMinutes: instanceSettings.sessionIdleMinutes, hours: instanceSettings.sessionHours })
    .from(instanceSettings);
  if (row) Object.assign(times, { idle: row.idleMinutes * minute, age: row.hours * 60 * minute });
}
