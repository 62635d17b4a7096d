import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { EventName } from "../audit/events.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lookUps, namesOf } from "./add.ts";
import { assertMayTell } from "./may-tell.ts";
import { lockWebhook, shownUrl, subjectOf, type Webhook, webhookFor } from "./queries.ts";
import { assertReceiver } from "./receiver.ts";

interface Input {
  url: string;
  about: string;
  events: EventName[];
  version: number;
}

/**
 * Changes where a webhook leads, what it is for, and what it is told of. What waits for it goes to the new address. One
 * that leads elsewhere has failed nobody yet.
 */
export async function changeWebhook(
  actor: Actor,
  webhookId: string,
  { url, about, events, version }: Input,
): Promise<Webhook> {
  assertMayTell(actor);
  const known = await webhookFor(actor.accountId, webhookId);
  if (known.url !== url) {
    await lookUps(actor);
    await assertReceiver(url);
  }
  return db.transaction(async (tx) => {
    const before = await lockWebhook(tx, actor.accountId, webhookId);
    if (before.version !== version) throw new Stale(t("Somebody else changed this webhook while you were editing it."));
    const moved = before.url !== url;
    const [webhook] = await tx
      .update(webhooks)
      .set({
        ...{ url, about, events, version: sql`${webhooks.version} + 1` },
        ...(moved && { failingSince: null, warnedAt: null }),
      })
      .where(and(eq(webhooks.accountId, actor.accountId), eq(webhooks.id, before.id)))
      .returning();
    const change = changeOf(inWords(before), inWords(webhook!), ["url", "about", "events"]);
    const changed = moved || Object.keys(change.after).length > 0;
    if (changed) await recordEvent(tx, actor, "webhook.changed", subjectOf(webhook!), change);
    return webhook!;
  });
}

const inWords = ({ url, about, events }: Webhook) => ({ url: shownUrl(url), about, events: namesOf(events) });
