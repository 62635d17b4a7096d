-- Whoever is there counts as having access until the next migration has looked: it writes only the few who have none.
ALTER TABLE "members" ADD COLUMN "mailbox_access" boolean DEFAULT true NOT NULL;--> statement-breakpoint
-- The grants that let somebody open a mailbox now: one on a mailbox that is not archived, or a mailbox permission held on
-- the account, singly or in a role. The system role Mailbox owner holds every mailbox permission there is.
CREATE VIEW "opening_grants" AS
	SELECT g.id, g.member_id FROM grants g
	WHERE g.ended_at IS NULL AND (
		EXISTS (SELECT FROM mailboxes b WHERE b.id = g.mailbox_id AND b.archived_at IS NULL)
		OR g.mailbox_id IS NULL AND EXISTS (
			SELECT FROM system_role_permissions p
			WHERE p.system_role = 'mailbox_owner' AND p.ended_at IS NULL AND (
				p.permission = g.permission
				OR EXISTS (SELECT FROM role_permissions r
					WHERE r.role_id = g.role_id AND r.permission = p.permission AND r.ended_at IS NULL)
				OR EXISTS (SELECT FROM system_role_permissions s
					WHERE s.system_role = g.system_role AND s.permission = p.permission AND s.ended_at IS NULL)
			)
		)
	);--> statement-breakpoint
ALTER TABLE "members" ALTER COLUMN "mailbox_access" SET DEFAULT false;--> statement-breakpoint
-- Looks again at these members. Those about to change are locked first, so that whoever changes what they hold at the same
-- time is waited for, and the second look sees it. `OFFSET 0`: asked of each by itself, never of all grants there are.
CREATE FUNCTION note_mailbox_access(concerned uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	changing uuid[];
BEGIN
	changing := ARRAY(
		SELECT m.id FROM members m
		WHERE m.id = ANY (concerned)
			AND m.mailbox_access <> EXISTS (SELECT FROM opening_grants o WHERE o.member_id = m.id OFFSET 0)
		ORDER BY m.id FOR UPDATE);
	UPDATE members m SET mailbox_access = NOT m.mailbox_access
	WHERE m.id = ANY (changing)
		AND m.mailbox_access <> EXISTS (SELECT FROM opening_grants o WHERE o.member_id = m.id OFFSET 0);
END
$$;--> statement-breakpoint
CREATE FUNCTION note_started_grants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	concerned uuid[] := ARRAY(SELECT DISTINCT member_id FROM started);
BEGIN
	UPDATE members m SET mailbox_access = true
	WHERE m.id = ANY (concerned) AND NOT m.mailbox_access
		AND EXISTS (SELECT FROM opening_grants o WHERE o.member_id = m.id OFFSET 0);
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER mailbox_access_by_started_grants AFTER INSERT ON "grants" REFERENCING NEW TABLE AS started
	FOR EACH STATEMENT EXECUTE FUNCTION note_started_grants();--> statement-breakpoint
-- Ends of two grants of one member may come from two people at once: the later one waits here, and sees both.
CREATE FUNCTION note_changed_grants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	concerned uuid[] := ARRAY(SELECT DISTINCT member_id FROM changed);
BEGIN
	PERFORM FROM members m WHERE m.id = ANY (concerned) ORDER BY m.id FOR UPDATE;
	PERFORM note_mailbox_access(concerned);
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER mailbox_access_by_changed_grants AFTER UPDATE ON "grants" REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION note_changed_grants();--> statement-breakpoint
CREATE FUNCTION note_role_contents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	touched uuid[] := ARRAY(SELECT DISTINCT role_id FROM changed);
BEGIN
	PERFORM note_mailbox_access(ARRAY(
		SELECT DISTINCT g.member_id FROM grants g
		WHERE g.role_id = ANY (touched) AND g.mailbox_id IS NULL AND g.ended_at IS NULL));
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER mailbox_access_by_started_contents AFTER INSERT ON "role_permissions" REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION note_role_contents();--> statement-breakpoint
CREATE TRIGGER mailbox_access_by_changed_contents AFTER UPDATE ON "role_permissions" REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION note_role_contents();--> statement-breakpoint
CREATE FUNCTION note_archived_mailbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM note_mailbox_access(ARRAY(
		SELECT DISTINCT g.member_id FROM grants g WHERE g.mailbox_id = NEW.id AND g.ended_at IS NULL));
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER mailbox_access_by_archive AFTER UPDATE OF "archived_at" ON "mailboxes" FOR EACH ROW
	WHEN (OLD.archived_at IS DISTINCT FROM NEW.archived_at) EXECUTE FUNCTION note_archived_mailbox();
