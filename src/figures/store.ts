import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { enqueue } from "../queue.ts";
import { countFigures } from "./count.ts";

/**
 * Counts a large account for its dashboard. With a time limit of its own and on one processor: whoever works in that account
 * does not notice. Twice at once writes twice the same.
 */
export async function storeFigures(accountId: string): Promise<void> {
  await db.transaction(
    async (tx) => {
      await tx.execute(sql`set local statement_timeout = '60s'`);
      await tx.execute(sql`set local max_parallel_workers_per_gather = 0`);
      const figures = await countFigures(tx, accountId);
      await tx.execute(sql`
        insert into account_figures (account_id, figures, counted_at)
        select id, ${JSON.stringify(figures)}::jsonb, now() from accounts where id = ${accountId}
        on conflict (account_id) do update set figures = excluded.figures, counted_at = excluded.counted_at`);
    },
    { isolationLevel: "read committed" },
  );
}

/**
 * Asks for a new count of a large account, at most once a minute whoever looks. Small ones are counted by the page itself,
 * so a visit of theirs writes nothing.
 */
export function askForFigures(accountId: string): Promise<void> {
  return db.transaction(async (tx) => {
    const asked = await tx.execute(sql`
      insert into account_figures (account_id, asked_at) values (${accountId}, now())
      on conflict (account_id) do update set asked_at = now()
        where account_figures.asked_at is null or account_figures.asked_at < now() - interval '1 minute'
      returning 1`);
    if (asked.length > 0) await enqueue(tx, "count_figures", { accountId }, { key: `count_figures:${accountId}` });
  });
}
