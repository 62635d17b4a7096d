-- outside a transaction
-- Each index is built beside the old one, which serves the list until the new one takes its name.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_by_created_listed" ON "members" USING btree ("account_id","created_at","id") WHERE status <> 'removed';--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "members_by_created";--> statement-breakpoint
ALTER INDEX "members_by_created_listed" RENAME TO "members_by_created";--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_by_name_listed" ON "members" USING btree ("account_id",sort_name collate "C","id") WHERE status <> 'removed';--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "members_by_name";--> statement-breakpoint
ALTER INDEX "members_by_name_listed" RENAME TO "members_by_name";--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_by_email_listed" ON "members" USING btree ("account_id",email collate "C","id") WHERE status <> 'removed';--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "members_by_email";--> statement-breakpoint
ALTER INDEX "members_by_email_listed" RENAME TO "members_by_email";--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_by_sign_in_listed" ON "members" USING btree ("account_id",coalesce(last_sign_in_at, '-infinity'),"id") WHERE status <> 'removed';--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "members_by_sign_in";--> statement-breakpoint
ALTER INDEX "members_by_sign_in_listed" RENAME TO "members_by_sign_in";