import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";

/** Resolves as soon as one statement of this database waits for another's lock. */
export const somebodyWaits = (): Promise<void> =>
  expect
    .poll(
      async () => {
        const waiting = await db.execute(sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
        return waiting.length;
      },
      { timeout: 15_000 },
    )
    .toBe(1);
