-- outside a transaction
-- For the list of accounts of whoever runs the installation: the newest first, and by a part of the name.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "accounts_by_created" ON "accounts" USING btree ("created_at", "id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "accounts_by_name" ON "accounts" USING gin ("name" gin_trgm_ops);
