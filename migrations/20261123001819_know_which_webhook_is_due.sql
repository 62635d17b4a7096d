-- outside a transaction
ALTER TABLE "webhooks" ADD COLUMN IF NOT EXISTS "due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN IF NOT EXISTS "worked_until" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("webhook_id","next_at") WHERE status in ('waiting', 'sending');--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "webhooks_due" ON "webhooks" USING btree ("due_at") WHERE due_at is not null and ended_at is null;
