-- outside a transaction
-- Who lost access to one mailbox, for its log; grants on the account are not in it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "grants_ended_by_mailbox" ON "grants" USING btree ("mailbox_id") WHERE ended_at is not null and mailbox_id is not null;
