import { and, desc, eq, ilike, isNotNull, isNull, or, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import type { Subject } from "../audit/record.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { webhooks } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import type { WebhookQuery } from "./forms.ts";

export type Webhook = typeof webhooks.$inferSelect;

/** An account has so many at most: each of its events is sent to all of them. */
export const mostWebhooks = 50;

const ofAccount = (accountId: string, id: string) =>
  and(eq(webhooks.accountId, accountId), eq(webhooks.id, uuidOr404(id)), isNull(webhooks.endedAt));

/** A webhook of the account. Deleted, absent, a neighbour's or no id at all: 404 (T49). */
export async function findWebhook(reader: Reader, accountId: string, id: string): Promise<Webhook> {
  const [webhook] = await reader.select().from(webhooks).where(ofAccount(accountId, id));
  if (!webhook) throw new NotFound();
  return webhook;
}

/** The same for a page. */
export const webhookFor = (accountId: string, id: string): Promise<Webhook> => findWebhook(db, accountId, id);

/** The same for a verb that changes it: nobody else changes it until the transaction ends. */
export async function lockWebhook(tx: Tx, accountId: string, id: string): Promise<Webhook> {
  const [webhook] = await tx.select().from(webhooks).where(ofAccount(accountId, id)).for("update");
  if (!webhook) throw new NotFound();
  return webhook;
}

/**
 * An address as everybody may see it. Its path can be all that a receiver asks for, so it is as good as a password: the
 * log, mails, and those who may not change the webhook get the host and the last letters.
 */
export function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  const path = pathname + search;
  if (path === "/") return origin;
  return `${origin}/…${path.length > 16 ? path.slice(-4) : ""}`;
}

/** The address as this person may see it. */
export const urlFor = (actor: Actor, { url }: Pick<Webhook, "url">): string =>
  can(actor, "webhooks.edit") ? url : shownUrl(url);

/** The webhook as the audit log names it. */
export const subjectOf = ({ id, url }: Pick<Webhook, "id" | "url">): Subject => ({
  type: "webhook",
  id,
  label: shownUrl(url),
});

const pageSize = 50;

/** The newest webhooks of the account, or those before a given one; `older` is the id before which the next page begins. */
export async function listWebhooks(accountId: string, { q, show, before }: WebhookQuery, size = pageSize) {
  const typed = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const rows = await db
    .select()
    .from(webhooks)
    .where(
      and(
        eq(webhooks.accountId, accountId),
        isNull(webhooks.endedAt),
        show === "failing"
          ? and(eq(webhooks.status, "active"), isNotNull(webhooks.failingSince))
          : show === "all"
            ? undefined
            : eq(webhooks.status, show),
        // Of the address only the host is searched: whoever may not see the rest must not guess it letter by letter.
        q ? or(ilike(webhooks.about, typed), sql`split_part(${webhooks.url}, '/', 3) ilike ${typed}`) : undefined,
        before
          ? sql`(${webhooks.createdAt}, ${webhooks.id}) < (select w.created_at, w.id from webhooks w
              where w.id = ${before} and w.account_id = ${accountId})`
          : undefined,
      ),
    )
    .orderBy(desc(webhooks.createdAt), desc(webhooks.id))
    .limit(size + 1);
  return { rows: rows.slice(0, size), older: rows.length > size ? rows[size - 1]!.id : undefined };
}

/** How many webhooks an account has, and how many of them do not work as they should. */
export async function countWebhooks(accountId: string, reader: Reader = db): Promise<{ all: number; trouble: number }> {
  const [counts] = await reader
    .select({
      all: sql<number>`count(*)::int`,
      trouble: sql<number>`(count(*) filter (where ${webhooks.status} = 'disabled'
        or (${webhooks.status} = 'active' and ${webhooks.failingSince} is not null)))::int`,
    })
    .from(webhooks)
    .where(and(eq(webhooks.accountId, accountId), isNull(webhooks.endedAt)));
  return counts!;
}
