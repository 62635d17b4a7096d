-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_undelivered" ON "members" USING btree ("account_id","created_at","id") WHERE status = 'invited' and delivery in ('bounced', 'failed');
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "webhook_deliveries_failed" ON "webhook_deliveries" USING btree ("account_id","created_at","id") WHERE status = 'failed';
