-- outside a transaction
-- A mail server asks with every message whether the domain of its address is one of ours.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "mailboxes_native_domain" ON "mailboxes" USING btree (split_part(address, '@', 2),"account_id") WHERE kind = 'native' and gone_at is null;
