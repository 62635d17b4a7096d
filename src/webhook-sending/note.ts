import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { events, webhooks } from "../db/schema.ts";
import { type Followed, followEvents } from "../event-stream/follow.ts";
import { toldEvents, wants } from "../webhooks/told-events.ts";
import { messageOf } from "./message.ts";

export const follower = "webhooks";

/** R25: what is older when it is first seen comes from a backup, and is old news. */
const oldNews = 7 * 86_400_000;

const ofSomebody = sql`exists (select 1 from webhooks w
  where w.account_id = ${events.accountId} and w.status = 'active' and w.ended_at is null)`;

/** So many events are noted in one transaction. */
export const batchSize = 1000;

/**
 * Notes a delivery for every webhook that wants to be told of what has happened since the last look: of one batch of
 * events. Returns how many it passed; fewer than `batchSize` were the last.
 */
export function noteNews(): Promise<number> {
  const only = and(inArray(events.name, toldEvents), ofSomebody);
  return followEvents(follower, noteDeliveries, { only, size: batchSize, batches: 1 });
}

/** A delivery for each event and each webhook of its account that wants it; in the transaction that moves the place. */
async function noteDeliveries(tx: Tx, found: Followed[]): Promise<void> {
  const accountIds = [...new Set(found.map(({ accountId }) => accountId!))];
  const listening = await tx
    .select()
    .from(webhooks)
    .where(and(inArray(webhooks.accountId, accountIds), eq(webhooks.status, "active"), isNull(webhooks.endedAt)));
  const since = Date.now() - oldNews;
  const rows = found.flatMap((event) =>
    listening
      .filter(({ accountId, createdAt }) => accountId === event.accountId && createdAt <= event.at)
      .filter((webhook) => event.at.getTime() > since && wants(webhook, event.name))
      .map((webhook) => ({ webhookId: webhook.id, event })),
  );
  for (let at = 0; at < rows.length; at += 1000) insert(tx, rows.slice(at, at + 1000));
  if (rows.length > 0) wake(tx, [...new Set(rows.map(({ webhookId }) => webhookId))]);
}

function insert(tx: Tx, rows: { webhookId: string; event: Followed }[]): void {
  const column = (of: (row: (typeof rows)[number]) => unknown) => sql.param(rows.map(of));
  later(tx, (tx) =>
    tx.execute(sql`
      insert into webhook_deliveries (account_id, webhook_id, event_id, type, payload, next_at)
      select d.account_id, d.webhook_id, d.event_id, d.type, d.payload, now()
      from unnest(${column(({ event }) => event.accountId)}::uuid[], ${column(({ webhookId }) => webhookId)}::uuid[],
        ${column(({ event }) => event.id)}::bigint[], ${column(({ event }) => event.name)}::text[],
        ${column(({ event }) => messageOf(event))}::jsonb[]) d (account_id, webhook_id, event_id, type, payload)
      on conflict do nothing`),
  );
}

/** Says that something waits for these webhooks. */
export function wake(tx: Tx, webhookIds: string[]): void {
  later(tx, (tx) =>
    tx.execute(sql`
      update webhooks set due_at = least(due_at, now())
      where id = any(${sql.param(webhookIds)}::uuid[])`),
  );
}
