-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_by_domain" ON "users" USING btree (split_part(email, '@', 2),"id");--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_by_run" ON "users" USING btree ("corporate_run_id","id") WHERE corporate_run_id is not null;--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "mails_held" ON "mails" USING btree ("created_at","id") WHERE held;