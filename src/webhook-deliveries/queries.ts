import { and, asc, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import { webhookAttempts, webhookDeliveries } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import type { DeliveryQuery, ShownState } from "./forms.ts";

export type Delivery = typeof webhookDeliveries.$inferSelect;
export type Attempt = typeof webhookAttempts.$inferSelect;

/** A line of the log: without what was sent, and with what it was about. */
export type DeliveryLine = Omit<Delivery, "payload"> & { subject: string };

const { payload, ...rest } = getTableColumns(webhookDeliveries);
const line = { ...rest, subject: sql<string>`coalesce(${payload} #>> '{data,subject,label}', '')` };

const of = (accountId: string, webhookId: string) =>
  and(eq(webhookDeliveries.accountId, accountId), eq(webhookDeliveries.webhookId, uuidOr404(webhookId)));

const shown: Record<ShownState, SQL | undefined> = {
  all: undefined,
  delivered: eq(webhookDeliveries.status, "delivered"),
  open: sql`${webhookDeliveries.status} in ('waiting', 'sending')`,
  failed: eq(webhookDeliveries.status, "failed"),
};

const pageSize = 50;
const newestFirst = [desc(webhookDeliveries.createdAt), desc(webhookDeliveries.id)];

/** The newest deliveries of a webhook, or those before a given one; `older` is the id before which the next page begins. */
export async function listDeliveries(
  accountId: string,
  webhookId: string,
  { show, type, before }: DeliveryQuery,
  size = pageSize,
) {
  const rows: DeliveryLine[] = await db
    .select(line)
    .from(webhookDeliveries)
    .where(
      and(
        of(accountId, webhookId),
        shown[show],
        type ? eq(webhookDeliveries.type, type) : undefined,
        before
          ? sql`(${webhookDeliveries.createdAt}, ${webhookDeliveries.id}) < (select d.created_at, d.id
              from webhook_deliveries d where d.id = ${before} and d.account_id = ${accountId})`
          : undefined,
      ),
    )
    .orderBy(...newestFirst)
    .limit(size + 1);
  return { rows: rows.slice(0, size), older: rows.length > size ? rows[size - 1]!.id : undefined };
}

/** The last few, for the webhook's own page. */
export const newestDeliveries = (accountId: string, webhookId: string): Promise<DeliveryLine[]> =>
  db
    .select(line)
    .from(webhookDeliveries)
    .where(of(accountId, webhookId))
    .orderBy(...newestFirst)
    .limit(8);

/** One delivery of a webhook of the account; of another webhook or account: 404 (T49). */
export async function findDelivery(
  accountId: string,
  webhookId: string,
  id: string,
  reader: Reader = db,
): Promise<Delivery> {
  const [delivery] = await reader
    .select()
    .from(webhookDeliveries)
    .where(and(of(accountId, webhookId), eq(webhookDeliveries.id, uuidOr404(id))));
  if (!delivery) throw new NotFound();
  return delivery;
}

/** The delivery that a copy was made of, while it is kept. */
export async function firstOf({ accountId, copyOf }: Delivery): Promise<string | undefined> {
  if (!copyOf) return undefined;
  const [first] = await db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.accountId, accountId), eq(webhookDeliveries.id, copyOf)));
  return first?.id;
}

/** Every try of a delivery that is kept, the first one first. */
export const attemptsOf = ({ accountId, id }: Pick<Delivery, "accountId" | "id">): Promise<Attempt[]> =>
  db
    .select()
    .from(webhookAttempts)
    .where(and(eq(webhookAttempts.accountId, accountId), eq(webhookAttempts.deliveryId, id)))
    .orderBy(asc(webhookAttempts.id));
