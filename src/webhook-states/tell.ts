import { holdersOf } from "../access/holders.ts";
import type { Tx } from "../db/client.ts";
import type { MailKind } from "../mail/outbox.ts";
import type { NotificationKind } from "../notifications/kinds.ts";
import { notify } from "../notifications/notify.ts";
import { shownUrl, type Webhook } from "../webhooks/queries.ts";

type WebhookNews = Extract<NotificationKind, `webhook.${string}`>;

const mails: Record<WebhookNews, MailKind> = {
  "webhook.failing": "webhook_failing",
  "webhook.disabled": "webhook_disabled",
};

/** Tells everybody who may change the webhooks of the account, by bell and mail. */
export async function tellEditors(tx: Tx, webhook: Webhook, kind: WebhookNews): Promise<void> {
  const { accountId, id: subjectId, failingSince, reason } = webhook;
  const data = {
    webhook: shownUrl(webhook.url),
    ...(reason && { reason }),
    ...(failingSince && { since: failingSince.toISOString() }),
  };
  for (const userId of await holdersOf(tx, accountId, "webhooks.edit")) {
    await notify(tx, { userId, accountId, kind, subjectId, data, mail: mails[kind] });
  }
}
