-- outside a transaction
-- Who could do something in one mailbox on a past date, in the order of members; the index that it replaces had no order.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_ended_of_mailbox" ON "grants" USING btree ("mailbox_id","member_id") WHERE ended_at is not null and mailbox_id is not null;
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "grants_ended_by_mailbox";
