import { sql } from "drizzle-orm";
import { askOne } from "../operations/ask.ts";
import { takeable } from "./take.ts";

export interface WebhookFacts extends Record<string, unknown> {
  /** Seconds that the longest waiting one has been due, and no worker has taken it; 0: none waits. */
  seconds: number;
}

/**
 * How far the sending of webhooks is behind. Receivers that fail are their account's to look after, and are told of there:
 * one of them says nothing about how we fare.
 */
export const webhookFacts = () =>
  askOne<WebhookFacts>(sql`
    select coalesce((
      select greatest(extract(epoch from now() - w.due_at), 0)::int from webhooks w
      where ${takeable} and w.failing_since is null order by w.due_at limit 1), 0) as seconds`);
