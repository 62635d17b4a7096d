-- A person who was switched off is of no account.
ALTER TABLE "past_states" ALTER COLUMN "account_id" DROP NOT NULL;
--> statement-breakpoint
-- Which state is over follows from the trigger: two of them may end in one statement. An end date that had come and is moved
-- is a state, too: until then the right did not count. No state begins before the one that it follows, whichever
-- transaction began first.
CREATE OR REPLACE FUNCTION note_past_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_NAME = 'note_past_status' THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at, ended_at)
		VALUES (OLD.account_id, 'member', OLD.id, OLD.status, coalesce(OLD.status_since, OLD.created_at),
			greatest(now(), OLD.status_since));
		NEW.status_since := greatest(now(), OLD.status_since);
	ELSIF TG_NAME = 'note_past_guest' THEN
		IF OLD.guest_until <= now() THEN
			INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
			VALUES (OLD.account_id, 'guest', OLD.id, 'over', OLD.guest_until);
		END IF;
	ELSIF TG_NAME = 'note_past_end' THEN
		IF OLD.ends_at <= now() THEN
			INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
			VALUES (OLD.account_id, 'grant', OLD.id, 'over', OLD.ends_at);
		END IF;
	ELSIF TG_NAME = 'note_past_archive' THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (OLD.account_id, 'mailbox', OLD.id, 'archived', OLD.archived_at);
	ELSIF TG_NAME = 'note_past_deletion' THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (OLD.id, 'account', OLD.id, 'deleted', OLD.deleted_at);
	ELSIF TG_NAME = 'note_past_suspension' THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (OLD.id, 'account', OLD.id, 'suspended', OLD.suspended_at);
	ELSIF TG_NAME = 'note_past_disabling' THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (NULL, 'user', OLD.id, 'disabled', OLD.disabled_at);
	END IF;
	RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER note_past_guest BEFORE UPDATE OF guest_until ON "members"
	FOR EACH ROW WHEN (OLD.guest_until IS DISTINCT FROM NEW.guest_until) EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
CREATE TRIGGER note_past_end BEFORE UPDATE OF ends_at ON "grants"
	FOR EACH ROW WHEN (OLD.ends_at IS DISTINCT FROM NEW.ends_at) EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
CREATE TRIGGER note_past_disabling BEFORE UPDATE OF disabled_at ON "users"
	FOR EACH ROW WHEN (OLD.disabled_at IS NOT NULL AND OLD.disabled_at IS DISTINCT FROM NEW.disabled_at)
	EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
-- A time that is written anew while the state lasts ends what was before, too.
CREATE OR REPLACE TRIGGER note_past_archive BEFORE UPDATE OF archived_at ON "mailboxes"
	FOR EACH ROW WHEN (OLD.archived_at IS NOT NULL AND OLD.archived_at IS DISTINCT FROM NEW.archived_at)
	EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER note_past_deletion BEFORE UPDATE OF deleted_at ON "accounts"
	FOR EACH ROW WHEN (OLD.deleted_at IS NOT NULL AND OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
	EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER note_past_suspension BEFORE UPDATE OF suspended_at ON "accounts"
	FOR EACH ROW WHEN (OLD.suspended_at IS NOT NULL AND OLD.suspended_at IS DISTINCT FROM NEW.suspended_at)
	EXECUTE FUNCTION note_past_states();
