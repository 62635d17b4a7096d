import { sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { run } from "../db/client.ts";
import { type DeliveryStatus, deliveryStatuses } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import { outboundWords } from "../outbound/error.ts";
import { urlFor } from "../webhooks/queries.ts";
import { boundsOf, idIn, oneOf, readSpan, searched } from "./filters.ts";
import { type Log, rfc3339 } from "./log.ts";
import { byTime, walk } from "./walk.ts";

interface Delivery {
  at: Date;
  id: string;
  webhookId: string;
  url: string;
  type: string;
  status: DeliveryStatus;
  attempts: number;
  lastStatus: number | null;
  lastError: string | null;
  nextAt: Date | null;
  finishedAt: Date | null;
}

interface Attempt {
  deliveryId: string;
  attempt: number;
  status: number | null;
  error: string | null;
  milliseconds: number;
  at: string;
}

/** How a delivery stands: its look, its icon, its word. */
const statusWords = (): Record<DeliveryStatus, [string, string, string]> => ({
  waiting: ["wait", "clock", t("Waiting")],
  sending: ["wait", "refresh-cw", t("On its way")],
  delivered: ["good", "circle-check", t("Delivered")],
  failed: ["bad", "triangle-alert", t("Failed")],
});

/** What came of a try, in words: the answer's status, or why there was none. */
const outcome = (status: number | null, error: string | null): string =>
  error ? outboundWords(error as never) : status ? t("Answered {status}", { status }) : "";

/** Every message to every webhook. What was sent and answered stands with the webhook, for whoever sees webhooks. */
export const deliveryLog: Log<Delivery> = {
  path: "webhooks",
  file: "webhook-deliveries",
  icon: "send",
  title: () => t("Webhook deliveries"),
  about: () => t("Every message to a webhook of this account, and each try to hand it over."),
  empty: () => t("As soon as a webhook is told of something, the message is written here."),
  partial: "/logs/_delivery",
  read: (query) => ({
    ...readSpan(query),
    webhook: idIn(query.webhook),
    status: oneOf(query.status, deliveryStatuses),
    type: searched(query.type),
  }),
  find(actor, asked, place, size) {
    const { since, until } = boundsOf(actor, asked);
    const within = [sql`l.account_id = ${actor.accountId}`];
    if (since) within.push(sql`l.created_at >= ${since}`);
    if (until) within.push(sql`l.created_at < ${until}`);
    // These two have indexes of their own.
    if (asked.webhook) within.push(sql`l.webhook_id = ${asked.webhook}::uuid`);
    if (asked.status === "failed") within.push(sql`l.status = 'failed'`);
    const conditions = [];
    if (asked.status && asked.status !== "failed") conditions.push(sql`l.status = ${asked.status}`);
    if (asked.type) conditions.push(sql`starts_with(l.type, ${asked.type})`);
    const columns = sql`l.created_at as at, l.id, l.webhook_id as "webhookId", l.type, l.status, l.attempts,
      l.last_status as "lastStatus", l.last_error as "lastError", l.next_at as "nextAt", l.finished_at as "finishedAt",
      coalesce((select url from webhooks w where w.id = l.webhook_id), '') as url`;
    const log = { table: sql`webhook_deliveries`, key: byTime, within, asked: conditions, columns };
    return walk<Delivery>(log, place, size).then((found) => ({
      ...found,
      rows: found.rows.map((row) => ({ ...row, url: row.url && urlFor(actor, row) })),
    }));
  },
  async fields(actor) {
    const hooks = await run<{ id: string; url: string }>(
      sql`select id, url from webhooks where account_id = ${actor.accountId} order by ended_at is not null, url limit 200`,
    );
    return [
      {
        name: "webhook",
        label: t("Webhook"),
        type: "select",
        all: t("Every webhook"),
        options: hooks.map((hook) => [hook.id, urlFor(actor, hook)]),
      },
      {
        name: "status",
        label: t("Status"),
        type: "select",
        all: t("Every status"),
        options: Object.entries(statusWords()).map(([status, [, , words]]) => [status, words]),
      },
      { name: "type", label: t("Event, like user.created"), type: "search" },
    ];
  },
  async show(actor, rows) {
    const tries = await attemptsOf(actor, rows);
    return rows.map((row) => ({
      ...row,
      at: new Date(row.at),
      nextAt: row.nextAt && new Date(row.nextAt),
      state: statusWords()[row.status],
      outcome: outcome(row.lastStatus, row.lastError),
      mayOpen: can(actor, "webhooks.view"),
      tries: tries
        .filter(({ deliveryId }) => deliveryId === row.id)
        .map((each) => ({ ...each, at: new Date(each.at), outcome: outcome(each.status, each.error) })),
    }));
  },
  head: () => [t("Time"), t("Webhook"), t("Event"), t("Status"), t("Tries"), t("Answer"), t("Ended"), t("Message")],
  line: (row) => [
    rfc3339(row.at),
    row.url,
    row.type,
    statusWords()[row.status][2],
    String(row.attempts),
    outcome(row.lastStatus, row.lastError),
    rfc3339(row.finishedAt),
    row.id,
  ],
};

/** The tries of the messages of a page, in one statement; of each the last ten. */
const attemptsOf = ({ accountId }: Actor, rows: Delivery[]): Promise<Attempt[]> =>
  run<Attempt>(sql`
    select a.* from unnest(${sql.param(rows.map(({ id }) => id))}::uuid[]) d (id) cross join lateral (
      select delivery_id as "deliveryId", attempt, status, error, milliseconds, at from webhook_attempts
      where delivery_id = d.id and account_id = ${accountId} order by id desc limit 10) a order by a."deliveryId", a.attempt`);
