import { eq, sql } from "drizzle-orm";
import { isSuspended } from "../access/suspended.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { webhookDeliveries, webhooks } from "../db/schema.ts";
import type { Message } from "./message.ts";

export type Webhook = typeof webhooks.$inferSelect;
export type Delivery = Omit<typeof webhookDeliveries.$inferSelect, "payload"> & { payload: Message };

/** A worker has what it took for so long; longer than any request can take. */
const leaseEnd = sql`now() + make_interval(secs => ${Math.max(
  config.WORKER_SILENT_SECONDS,
  (2 * config.OUTBOUND_TIMEOUT_MS) / 1000,
)})`;

/** T92: so many webhooks of one account are sent to at once, in all workers together: slow receivers take no more lanes. */
const ofOneAccount = 4;

/** Of `webhooks w`: what a worker that is free takes at once. */
export const takeable = sql`w.due_at <= now() and w.due_at is not null and w.ended_at is null
  and not ${isSuspended(sql`w.account_id`)}
  and (w.worked_until is null or w.worked_until < now())
  and (select count(*) from webhooks o where o.account_id = w.account_id and o.worked_until > now()) < ${ofOneAccount}`;

/**
 * The webhook that waits longest, taken by this worker: one worker sends to a receiver at a time. `healthy`: only one that
 * took what it was sent last. Undefined when none is due.
 */
export async function takeDue(healthy: boolean): Promise<Webhook | undefined> {
  const [webhook] = await db
    .update(webhooks)
    .set({ workedUntil: leaseEnd })
    .where(
      sql`${webhooks.id} = (
        select w.id from webhooks w
        where ${takeable}
          ${healthy ? sql`and w.failing_since is null` : sql``}
        order by w.due_at limit 1 for update skip locked)`,
    )
    .returning();
  return webhook;
}

/** While a webhook is switched off only tests go out; the rest waits until it is switched on. */
const sendable = sql`(w.status = 'active' or (d.event_id is null and d.copy_of is null))`;

/**
 * The next deliveries of a webhook that are due, marked as being sent. The number of the try is the fence (R2): whoever
 * lost one to another worker changes nothing any more.
 */
export async function takeDeliveries(webhook: Webhook, size: number): Promise<Delivery[]> {
  const taken = await db
    .update(webhookDeliveries)
    .set({ status: "sending", attempts: sql`attempts + 1`, startedAt: sql`now()`, nextAt: leaseEnd })
    .where(
      sql`${webhookDeliveries.id} in (
        select d.id from webhook_deliveries d join webhooks w on w.id = d.webhook_id and w.ended_at is null
        where d.webhook_id = ${webhook.id} and d.status in ('waiting', 'sending') and d.next_at <= now() and ${sendable}
        order by d.next_at limit ${size} for update of d skip locked)`,
    )
    .returning();
  return taken as Delivery[];
}

/**
 * Gives the webhook back, and says when it is due next: `pause` seconds from now at the earliest. The row is locked first,
 * so that the look behind it sees what was noted meanwhile.
 */
export function giveBack(webhook: Webhook, pause: number): Promise<void> {
  return db.transaction(async (tx) => {
    const [now] = await tx.select().from(webhooks).where(eq(webhooks.id, webhook.id)).for("update");
    if (Number(now?.workedUntil) !== Number(webhook.workedUntil)) return;
    await tx.execute(sql`
      update webhooks set worked_until = null, due_at = (
        select min(greatest(d.next_at, now() + make_interval(secs => ${pause})))
        from webhook_deliveries d join webhooks w on w.id = d.webhook_id
        where d.webhook_id = ${webhook.id} and d.status in ('waiting', 'sending') and ${sendable})
      where id = ${webhook.id}`);
  });
}
