import { sql } from "drizzle-orm";
import { openDatabase, type Tx } from "./client.ts";

const minutes = 5;

/**
 * Reads the database as it stands at one moment, for as long as that takes: repeatable read, read only. It has a connection
 * of its own beside the pool, so that what is read can be written away meanwhile, and nobody waits for it; one is counted
 * for the whole installation (budget.ts), because one such job runs at a time. `before` runs on that connection first: a
 * temporary table that is made there may be filled inside.
 */
export async function inSnapshot<T>(work: (tx: Tx) => Promise<T>, before?: string): Promise<T> {
  const { client, db } = openDatabase({ max: 1, statementTimeout: minutes * 60_000, queueTimeout: 60_000 });
  try {
    if (before) await client.unsafe(before);
    return await db.transaction(
      async (tx) => {
        // Whoever reads may have to wait for the one who writes; rows are wanted to the last, not the first ones soon.
        await tx.execute(sql.raw(`set local idle_in_transaction_session_timeout = '${minutes}min'`));
        await tx.execute(sql.raw("set local cursor_tuple_fraction = 1"));
        await tx.execute(sql.raw("set local work_mem = '32MB'"));
        return work(tx);
      },
      { isolationLevel: "repeatable read", accessMode: "read only" },
    );
  } finally {
    await client.end({ timeout: 5 });
  }
}
