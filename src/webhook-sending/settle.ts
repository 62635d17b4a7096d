import { sql } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import { noteStanding } from "../webhook-states/standing.ts";
import { testType } from "./message.ts";
import { nextTry } from "./next-try.ts";
import type { Outcome } from "./send.ts";
import type { Webhook } from "./take.ts";

/** By this status a receiver says that it wants nothing any more. */
const gone = 410;

/**
 * Writes down what came of a webhook's tries, each with what was sent and answered, and how the webhook stands now. A try
 * whose delivery another worker has taken over counts for nothing (R2). Returns since when the webhook has been failing.
 */
export function settle(webhook: Webhook, outcomes: Outcome[]): Promise<Date | null> {
  return db.transaction(async (tx) => {
    const ids = await write(tx, outcomes);
    // A test says nothing about how the webhook fares: it may be switched off, or never have been right.
    const counted = outcomes.filter(({ delivery }) => ids.has(delivery.id) && delivery.type !== testType);
    if (counted.length === 0) return webhook.failingSince;
    return noteStanding(tx, webhook, {
      taken: counted.some(({ taken }) => taken),
      gone: counted.some(({ status }) => status === gone),
    });
  });
}

/** The deliveries and their tries, in one statement; the ids of those that still were this worker's. */
async function write(tx: Tx, outcomes: Outcome[]): Promise<Set<string>> {
  const column = (of: (outcome: Outcome) => unknown) => sql.param(outcomes.map(of));
  const next = outcomes.map(nextOf);
  const rows = await tx.execute<{ id: string }>(sql`
    with tried as (
      select * from unnest(
        ${column(({ delivery }) => delivery.id)}::uuid[], ${column(({ delivery }) => delivery.attempts)}::int[],
        ${sql.param(outcomes.map(({ taken }, at) => (taken ? "delivered" : next[at] === null ? "failed" : "waiting")))}::text[],
        ${sql.param(next)}::int[], ${column(({ status }) => status)}::int[], ${column(({ error }) => error)}::text[],
        ${column(({ request }) => request)}::jsonb[], ${column(({ headers }) => headers)}::jsonb[],
        ${column(({ body }) => body)}::text[], ${column(({ milliseconds }) => milliseconds)}::int[]
      ) t (id, attempt, verdict, pause, status, error, request, headers, body, ms)
    ), settled as (
      update webhook_deliveries d set status = t.verdict, last_status = t.status, last_error = t.error,
        next_at = now() + make_interval(secs => t.pause),
        finished_at = case when t.verdict <> 'waiting' then now() end
      from tried t where d.id = t.id and d.attempts = t.attempt and d.status = 'sending'
      returning d.id, d.account_id
    )
    insert into webhook_attempts (account_id, delivery_id, attempt, request_headers, status, response_headers,
      response_body, error, milliseconds)
    select s.account_id, t.id, t.attempt, t.request, t.status, t.headers, t.body, t.error, t.ms
    from tried t join settled s on s.id = t.id
    returning delivery_id as id`);
  return new Set(rows.map(({ id }) => id));
}

/** Seconds until the next try; null: there is none. A test is tried once, and who is gone is not asked again. */
function nextOf({ delivery, taken, status, retryAfter }: Outcome): number | null {
  if (taken || status === gone || delivery.type === testType) return null;
  return nextTry(delivery.attempts, retryAfter) ?? null;
}
