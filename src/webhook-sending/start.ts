import { sql } from "drizzle-orm";
import { isSuspended } from "../access/suspended.ts";
import { db } from "../db/client.ts";
import { hasNews, skipEvents } from "../event-stream/cursor.ts";
import { type Loop, startLoop } from "../event-stream/loop.ts";
import { batchSize, follower, noteNews } from "./note.ts";
import { openLanes } from "./work.ts";

/** Milliseconds between two looks; longer while nobody has a webhook. */
const pause = 1_000;
const longPause = 10_000;

const listening = sql`select 1 from webhooks where status = 'active' and ended_at is null`;

/** Whether anybody listens, something has happened that is not noted, and something is due: one query of three look-ups. */
async function look() {
  const [seen] = await db.execute<{ listening: boolean; news: boolean; due: boolean }>(sql`
    select exists (${listening}) as listening, ${hasNews(follower)} as news,
      exists (select 1 from webhooks w where w.due_at <= now() and w.due_at is not null and w.ended_at is null
        and (w.worked_until is null or w.worked_until < now())
        and not ${isSuspended(sql`w.account_id`)}) as due`);
  return seen!;
}

/**
 * Tells webhooks what happens, until stopped: a loop of the worker instead of jobs, because a receiver may take ten
 * seconds to answer, and a job that waits takes the place of a mail.
 */
export function startTelling(): Loop {
  const lanes = openLanes();
  const loop = startLoop("webhooks", async () => {
    const { listening: anybody, news, due } = await look();
    if (!anybody) await skipEvents(follower, listening);
    const passed = anybody && news ? await noteNews() : 0;
    if (due || passed > 0) lanes.wake();
    if (passed === batchSize) return 0;
    return anybody || due ? pause : longPause;
  });
  return {
    async stop() {
      await loop.stop();
      await lanes.idle();
    },
  };
}
