import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { apiCalls } from "../db/schema.ts";
import { log } from "../log.ts";

export type Call = typeof apiCalls.$inferInsert & { at: Date };

/** More than this wait only while the database is away. */
const most = 10_000;
const batch = 200;
const soon = 500;
const minute = 60_000;

let waiting: Call[] = [];
let timer: NodeJS.Timeout | undefined;
let writing = Promise.resolve();
const used = new Map<string, number>();

/** Notes a call for the log of the account. It is written within half a second, with others; nobody waits for that. */
export function noteCall(call: Call): void {
  if (waiting.length < most) waiting.push(call);
  if (waiting.length >= batch) void flushCalls();
  else timer ??= setTimeout(flushCalls, soon).unref();
}

/** Writes what waits; before the process ends, and in tests. */
export function flushCalls(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  writing = writing.then(write).catch((error) => log.warn({ err: error }, "calls of the API not written"));
  return writing;
}

async function write() {
  const calls = waiting;
  waiting = [];
  for (let at = 0; at < calls.length; at += batch) await db.insert(apiCalls).values(calls.slice(at, at + batch));
  await touch(calls);
}

/** When each client was used last, to the minute. */
async function touch(calls: Call[]) {
  const now = Date.now();
  const ids = [...new Set(calls.flatMap(({ clientId }) => clientId ?? []))].filter(
    (id) => (used.get(id) ?? 0) < now - minute,
  );
  if (ids.length === 0) return;
  if (used.size > 10_000) used.clear();
  for (const id of ids) used.set(id, now);
  await db.execute(sql`update api_clients set last_used_at = now() where id = any(${sql.param(ids)}::uuid[])`);
}
