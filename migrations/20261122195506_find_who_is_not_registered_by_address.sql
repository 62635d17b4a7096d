-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_unregistered" ON "members" USING btree ("email") WHERE user_id is null;
