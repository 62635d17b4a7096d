import { seal } from "../access/vault.ts";
import { newSecret } from "../webhook-secrets/make.ts";
import type { webhookAttempts, webhookDeliveries, webhooks } from "./schema.ts";
import { daysAgo, demoId } from "./seed-time.ts";

const accountId = demoId("Northwind");
const olivia = demoId("user olivia@northwind.test");
const webhookId = demoId("webhook ledger");

/** Northwind's one webhook: paused, because nobody listens there; with what was sent before it was. */
export const demoWebhooks = (): (typeof webhooks.$inferInsert)[] => [
  {
    id: webhookId,
    accountId,
    url: "https://ledger.northwind.test/hooks/muster",
    about: "Keeps the staff list of the ledger up to date",
    events: ["member.added", "member.removed", "member.rights_changed", "invite.accepted", "role.changed"],
    status: "paused",
    secret: seal(newSecret()),
    lastDeliveredAt: daysAgo(9, "ledger"),
    createdAt: daysAgo(40, "ledger"),
    createdBy: olivia,
  },
];

type Told = [type: string, who: string, days: number, tries: (number | null)[]];

/** What happened, about whom, how long ago, and what the receiver answered to each try. */
const told: Told[] = [
  ["invite.accepted", "ben@northwind.test", 12, [204]],
  ["member.rights_changed", "vera@northwind.test", 9, [503, 204]],
  ["member.added", "adam@northwind.test", 6, [null, 500, 500, 500, 500, 500, 500, 500, 500, 500]],
  ["member.rights_changed", "ben@northwind.test", 5, [500, 500]],
];
const delays = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** The deliveries of that webhook, with every try. */
export function demoDeliveries() {
  const deliveries: (typeof webhookDeliveries.$inferInsert)[] = [];
  const attempts: (typeof webhookAttempts.$inferInsert)[] = [];
  for (const [at, [type, who, days, tries]] of told.entries()) {
    const id = demoId(`delivery ${at}`);
    const createdAt = daysAgo(days, `delivery ${at}`);
    const subject = { type: "member", id: demoId(`member Northwind ${who}`), label: who };
    const data = { id: 1000 + at, accountId, actor: { id: olivia, label: "olivia@northwind.test" }, subject };
    const payload = { type, timestamp: createdAt.toISOString(), data: { ...data, before: null, after: null } };
    const times = tries.map(
      (_, n) => new Date(createdAt.getTime() + delays.slice(0, n).reduce((a, b) => a + b, 1) * 1000),
    );
    const last = tries.at(-1)!;
    const status = last === 204 ? "delivered" : tries.length > delays.length ? "failed" : "waiting";
    const ended = status === "waiting" ? { nextAt: times.at(-1)! } : { finishedAt: times.at(-1)! };
    const of = { id, accountId, webhookId, eventId: 1000 + at, type, payload, createdAt };
    deliveries.push({ ...of, ...ended, status, attempts: tries.length, lastStatus: last });
    for (const [n, answer] of tries.entries()) {
      attempts.push({
        ...{ accountId, deliveryId: id, attempt: n + 1, status: answer, error: answer === null ? "timeout" : null },
        requestHeaders: { "content-type": "application/json", "webhook-id": id },
        responseHeaders: answer === null ? null : { server: "ledger/2.4", "content-type": "text/plain" },
        responseBody: answer === 500 ? "ledger: the table staff is locked" : answer === null ? null : "",
        ...{ milliseconds: answer === null ? 10_000 : 84 + 13 * n, at: times[n]! },
      });
    }
  }
  return { deliveries, attempts };
}
