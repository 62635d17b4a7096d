import { sql } from "drizzle-orm";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { disableWebhook } from "./disable.ts";
import { tellEditors } from "./tell.ts";

type Webhook = typeof webhooks.$inferSelect;

const hour = 3_600_000;
/** After a fifth of the time in which a failing webhook is switched off, its administrators are warned. */
const warnedAfter = (config.WEBHOOK_FAILING_HOURS * hour) / 5;

/**
 * How a webhook stands after some tries: one that took anything is well; one that takes nothing is failing since its first
 * failure, is told of after a while, and switched off in the end; one that says it is gone, at once. Returns since when it
 * has been failing.
 */
export async function noteStanding(tx: Tx, webhook: Webhook, seen: { taken: boolean; gone: boolean }) {
  if (seen.taken) {
    const well = sql`update webhooks set last_delivered_at = now(), failing_since = null, warned_at = null
      where id = ${webhook.id}`;
    await tx.execute(well);
  }
  if (seen.gone) await disableWebhook(tx, webhook, "gone");
  return seen.taken ? null : noteFailure(tx, webhook);
}

async function noteFailure(tx: Tx, webhook: Webhook): Promise<Date> {
  const [failing] = await tx
    .update(webhooks)
    .set({ failingSince: sql`coalesce(${webhooks.failingSince}, now())` })
    .where(sql`${webhooks.id} = ${webhook.id}`)
    .returning();
  const { failingSince, warnedAt } = failing!;
  const age = Date.now() - failingSince!.getTime();
  if (age >= config.WEBHOOK_FAILING_HOURS * hour) await disableWebhook(tx, failing!, "failing");
  else if (age >= warnedAfter && !warnedAt) {
    await tx.update(webhooks).set({ warnedAt: sql`now()` }).where(sql`${webhooks.id} = ${webhook.id}`);
    await tellEditors(tx, failing!, "webhook.failing");
  }
  return failingSince!;
}
