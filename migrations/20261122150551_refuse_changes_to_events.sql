-- The audit log only grows: the database itself refuses to alter, delete or empty it, whoever asks (T95).
CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'Audit events are never changed: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE ON "events"
	FOR EACH ROW EXECUTE FUNCTION refuse_change_of_events();
--> statement-breakpoint
CREATE TRIGGER events_are_never_emptied BEFORE TRUNCATE ON "events"
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();
