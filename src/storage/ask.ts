import { eq, sql } from "drizzle-orm";
import { mailboxUsage } from "../db/boxes.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { enqueue } from "../queue.ts";

/** Has a mailbox measured as soon as a worker is free; one order that waits is enough. */
export async function measureSoon(tx: Tx, { mailboxId, accountId }: { mailboxId: string; accountId: string }) {
  later(tx, (tx) =>
    tx
      .insert(mailboxUsage)
      .values({ mailboxId, accountId, askedAt: sql`now()`, nextAt: sql`now()` })
      .onConflictDoUpdate({
        target: mailboxUsage.mailboxId,
        set: { askedAt: sql`now()`, nextAt: sql`now()` },
        setWhere: eq(mailboxUsage.accountId, accountId),
      }),
  );
  await enqueue(tx, "measure_mailbox", { mailboxId }, { key: `measure_mailbox:${mailboxId}`, maxAttempts: 3 });
}
