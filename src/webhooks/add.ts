import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { seal } from "../access/vault.ts";
import type { EventName } from "../audit/events.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { newSecret } from "../webhook-secrets/make.ts";
import { assertMayTell } from "./may-tell.ts";
import { countWebhooks, mostWebhooks, shownUrl, subjectOf, type Webhook } from "./queries.ts";
import { assertReceiver } from "./receiver.ts";

/** Each is a look-up of a name that somebody typed. */
export const lookUps = (actor: Actor) =>
  assertWithin([{ key: `webhook-addresses:${actor.accountId}`, points: 60, seconds: 3600 }]);

/**
 * Adds a webhook, which is told from now on. `events` empty: of everything. The secret is returned here and never again:
 * it is kept encrypted.
 */
export async function addWebhook(
  actor: Actor,
  { url, about, events }: { url: string; about: string; events: EventName[] },
): Promise<{ webhook: Webhook; secret: string }> {
  assertMayTell(actor);
  await lookUps(actor);
  await assertReceiver(url);
  const secret = newSecret();
  return db.transaction(async (tx) => {
    const { all } = await countWebhooks(actor.accountId, tx);
    if (all >= mostWebhooks) {
      throw new Conflict(
        t("An account has {count} webhooks at most. Delete one that you do not need any more.", {
          count: mostWebhooks,
        }),
      );
    }
    const values = { accountId: actor.accountId, url, about, events, secret: seal(secret), createdBy: actor.userId };
    const [webhook] = await tx.insert(webhooks).values(values).returning();
    const after = { url: shownUrl(url), about, events: namesOf(events) };
    await recordEvent(tx, actor, "webhook.added", subjectOf(webhook!), { after });
    return { webhook: webhook!, secret };
  });
}

/** Which events, as the log says it. */
export const namesOf = (events: EventName[]): string[] | "all" => (events.length === 0 ? "all" : events);
