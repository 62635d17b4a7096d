-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_by_permission" ON "grants" USING btree ("account_id","permission","member_id") WHERE ended_at is null and permission is not null and mailbox_id is null;
--> statement-breakpoint
-- The same of what has ended: who could, on a past date.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_ended_by_role" ON "grants" USING btree ("role_id","member_id") WHERE ended_at is not null and role_id is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_ended_by_system_role" ON "grants" USING btree ("account_id","system_role","member_id") WHERE ended_at is not null and system_role is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_ended_by_permission" ON "grants" USING btree ("account_id","permission","member_id") WHERE ended_at is not null and permission is not null and mailbox_id is null;
