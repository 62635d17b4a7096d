-- outside a transaction
-- A thousand places at a time, so that nobody waits for more than that: by key, each batch committed.
DO $$
DECLARE
	batch uuid[];
	reached uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
	LOOP
		batch := ARRAY(SELECT id FROM members WHERE id > reached ORDER BY id LIMIT 1000);
		EXIT WHEN batch = '{}';
		PERFORM note_mailbox_access(batch);
		reached := batch[array_upper(batch, 1)];
		COMMIT;
	END LOOP;
END
$$;--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "members_without_mailbox" ON "members" USING btree ("account_id","created_at","id") WHERE status <> 'removed' and not mailbox_access;