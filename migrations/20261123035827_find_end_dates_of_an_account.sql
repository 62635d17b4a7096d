-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_dated" ON "grants" USING btree ("account_id","ends_at","id") WHERE ends_at is not null;--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_guests_of_account" ON "members" USING btree ("account_id","guest_until","id") WHERE guest_until is not null;