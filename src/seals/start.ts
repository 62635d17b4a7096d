import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { hasNews } from "../event-stream/cursor.ts";
import { type Loop, startLoop } from "../event-stream/loop.ts";
import { follower, sealEvents } from "./seal-events.ts";

/** Milliseconds between two looks. */
const pause = 1_000;

/** Seals the audit log until stopped (X12): a loop of the worker, so that no writer ever waits for it. */
export const startSealing = (): Loop =>
  startLoop("seals", async (stop) => {
    const [seen] = await db.execute<{ news: boolean }>(sql`select ${hasNews(follower)} as news`);
    if (seen?.news) await sealEvents(stop);
    return pause;
  });
