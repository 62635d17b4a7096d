-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_ending" ON "grants" USING btree ("ends_at") WHERE ends_at is not null and ended_at is null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_ended_of_member" ON "grants" USING btree ("member_id") WHERE ended_at is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_guests" ON "members" USING btree ("guest_until") WHERE guest_until is not null;
