-- outside a transaction
-- Where most accounts have one member, an index that begins with the account passes for as good as unique: each reference to
-- a member, and many a page, read all members of a large account by the one that this replaces.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_of_address" ON "members" USING btree ("email","account_id");
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "members_by_address";
