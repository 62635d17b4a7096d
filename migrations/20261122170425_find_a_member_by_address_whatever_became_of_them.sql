-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_by_address" ON "members" USING btree ("account_id","email");