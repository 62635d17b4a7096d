-- outside a transaction
-- A plan counts an account's mailboxes whenever one is added.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "mailboxes_in_use" ON "mailboxes" USING btree ("account_id") WHERE archived_at is null;
