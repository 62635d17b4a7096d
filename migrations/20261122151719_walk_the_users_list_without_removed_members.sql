DROP INDEX "members_by_created";--> statement-breakpoint
DROP INDEX "members_by_name";--> statement-breakpoint
DROP INDEX "members_by_email";--> statement-breakpoint
DROP INDEX "members_by_sign_in";--> statement-breakpoint
CREATE INDEX "members_by_created" ON "members" USING btree ("account_id","created_at","id") WHERE status <> 'removed';--> statement-breakpoint
CREATE INDEX "members_by_name" ON "members" USING btree ("account_id",sort_name collate "C","id") WHERE status <> 'removed';--> statement-breakpoint
CREATE INDEX "members_by_email" ON "members" USING btree ("account_id",email collate "C","id") WHERE status <> 'removed';--> statement-breakpoint
CREATE INDEX "members_by_sign_in" ON "members" USING btree ("account_id",coalesce(last_sign_in_at, '-infinity'),"id") WHERE status <> 'removed';