-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "mailboxes_native_address" ON "mailboxes" USING btree ("address") WHERE kind = 'native' and gone_at is null;
--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "mailboxes_imap_address" ON "mailboxes" USING btree ("account_id","address") WHERE kind = 'imap' and deleted_at is null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "mailboxes_deleted" ON "mailboxes" USING btree ("deleted_at") WHERE deleted_at is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "events_by_transaction" ON "events" USING btree ("transaction","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "mails_by_account" ON "mails" USING btree ("account_id","created_at","id");
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "mailboxes_address";
--> statement-breakpoint
ALTER TABLE "accounts" VALIDATE CONSTRAINT "accounts_plan_id_plans_id_fk";
--> statement-breakpoint
ALTER TABLE "mailboxes" VALIDATE CONSTRAINT "mailboxes_deleted_by_users_id_fk";
