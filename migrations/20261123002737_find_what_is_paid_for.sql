-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "events_of_plans" ON "events" USING btree ("id") WHERE name = 'subscription.changed';
--> statement-breakpoint
-- How many accounts have chosen a plan; those without one have the default.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "accounts_by_plan" ON "accounts" USING btree ("plan_id") WHERE plan_id is not null;
