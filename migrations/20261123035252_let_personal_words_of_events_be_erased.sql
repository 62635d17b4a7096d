-- An event in the one form that is hashed (docs/audit-log.md): a JSON object of RFC 8785, its values texts or null.
CREATE FUNCTION event_canonical(e events) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT '{"account_id":' || coalesce(to_json(e.account_id::text)::text, 'null')
		|| ',"actor_id":' || coalesce(to_json(e.actor_id::text)::text, 'null')
		|| ',"actor_label":' || coalesce(to_json(e.actor_label)::text, 'null')
		|| ',"after":' || coalesce(to_json(e.after::text)::text, 'null')
		|| ',"at":' || to_json(to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text
		|| ',"before":' || coalesce(to_json(e.before::text)::text, 'null')
		|| ',"id":' || to_json(e.id::text)::text
		|| ',"ip":' || coalesce(to_json(e.ip)::text, 'null')
		|| ',"name":' || to_json(e.name)::text
		|| ',"request_id":' || coalesce(to_json(e.request_id)::text, 'null')
		|| ',"subject_id":' || to_json(e.subject_id)::text
		|| ',"subject_label":' || to_json(e.subject_label)::text
		|| ',"subject_type":' || to_json(e.subject_type)::text
		|| ',"transaction":' || to_json(e.transaction::text)::text || '}'
$$;
--> statement-breakpoint
CREATE FUNCTION event_content(e events) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT encode(sha256(convert_to(event_canonical(e), 'UTF8')), 'hex')
$$;
--> statement-breakpoint
-- Each of the words goes wherever it stands, in whatever case; "***=" takes it as it is written.
CREATE FUNCTION redact_text(said text, words text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	word text;
BEGIN
	FOREACH word IN ARRAY words LOOP
		IF length(word) > 2 AND strpos(lower(said), lower(word)) > 0 THEN
			said := regexp_replace(said, '***=' || word, '[erased]', 'gi');
		END IF;
	END LOOP;
	RETURN said;
END $$;
--> statement-breakpoint
-- What stands in the named fields goes as a whole, words everywhere else.
CREATE FUNCTION redact_json(said jsonb, words text[], fields text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	CASE jsonb_typeof(said)
	WHEN 'string' THEN
		RETURN to_jsonb(redact_text(said #>> '{}', words));
	WHEN 'array' THEN
		RETURN (SELECT coalesce(jsonb_agg(redact_json(value, words, fields) ORDER BY place), '[]'::jsonb)
			FROM jsonb_array_elements(said) WITH ORDINALITY AS each (value, place));
	WHEN 'object' THEN
		RETURN (SELECT coalesce(jsonb_object_agg(redact_text(field, words),
				CASE WHEN field = ANY (fields) AND jsonb_typeof(value) IN ('string', 'number') AND value <> '""'::jsonb
					THEN '"[erased]"'::jsonb ELSE redact_json(value, words, fields) END), '{}'::jsonb)
			FROM jsonb_each(said) AS each (field, value));
	ELSE
		RETURN said;
	END CASE;
END $$;
--> statement-breakpoint
-- The event without what it said of a person: their labels, addresses and devices, and their words wherever they stand.
CREATE FUNCTION redacted_event(e events, person uuid, subjects text[], words text[]) RETURNS events LANGUAGE plpgsql STABLE AS $$
DECLARE
	about boolean := e.subject_id = ANY (subjects);
	fields text[] := '{device,userAgent,ip}';
BEGIN
	IF about THEN
		fields := fields || '{email,address,firstName,lastName,name,phone,label,holder,heir,message,from,reply,username}'::text[];
	END IF;
	IF e.actor_id = person THEN
		e.actor_label := 'Erased user';
		e.ip := NULL;
	ELSE
		IF NOT about THEN
			fields := '{}';
		END IF;
		e.actor_label := redact_text(e.actor_label, words);
	END IF;
	e.subject_label := CASE WHEN NOT about THEN redact_text(e.subject_label, words)
		WHEN e.subject_type IN ('user', 'member') THEN 'Erased user' ELSE '[erased]' END;
	e.before := redact_json(e.before, words, fields);
	e.after := redact_json(e.after, words, fields);
	RETURN e;
END $$;
--> statement-breakpoint
-- The only way in which an event changes: what it said of a person goes, and a redaction says what it hashes to since; the
-- event of the erasure, which is sealed like any other, holds how many there are and a digest over all of them.
-- Whoever calls it holds the place of sealing (event_cursors, 'seals'), so that no event is sealed as it was.
CREATE FUNCTION erase_from_events(person uuid, subjects text[], words text[], request text)
	RETURNS TABLE (erasure_id bigint, redacted integer) LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
	many integer;
BEGIN
	WITH ids AS MATERIALIZED (
		SELECT e.id FROM accounts a JOIN events e ON e.account_id = a.id AND e.actor_id = person
		UNION SELECT e.id FROM events e WHERE e.account_id IS NULL AND e.actor_id = person
		UNION SELECT e.id FROM accounts a JOIN events e ON e.account_id = a.id AND e.subject_id = ANY (subjects)
		UNION SELECT e.id FROM events e WHERE e.account_id IS NULL AND e.subject_id = ANY (subjects)
	), contents AS MATERIALIZED (
		SELECT e.id, event_content(r) AS content, event_content(e) AS was
		FROM ids JOIN events e ON e.id = ids.id CROSS JOIN LATERAL redacted_event(e, person, subjects, words) AS r
		WHERE e.name <> 'user.erased'
	), changed AS MATERIALIZED (
		SELECT id, content FROM contents WHERE content <> was
	), said AS (
		SELECT count(*)::int AS events,
			encode(sha256(convert_to(coalesce(string_agg(c.id || ':' || c.content || E'\n', '' ORDER BY c.id), ''), 'UTF8')), 'hex') AS digest,
			coalesce(jsonb_agg(jsonb_build_array(r.event_id, r.erasure_id, r.content) ORDER BY r.event_id)
				FILTER (WHERE r.event_id IS NOT NULL), '[]'::jsonb) AS again
		FROM changed c LEFT JOIN redactions r ON r.event_id = c.id
	), erasure AS (
		INSERT INTO events (actor_id, actor_label, name, subject_type, subject_id, subject_label, after, request_id)
		SELECT person, 'Erased user', 'user.erased', 'user', person::text, 'Erased user',
			jsonb_build_object('events', s.events, 'digest', s.digest, 'again', s.again), request
		FROM said s RETURNING id
	), noted AS (
		INSERT INTO redactions (event_id, content, erasure_id)
		SELECT c.id, c.content, x.id FROM changed c CROSS JOIN erasure x
		ON CONFLICT (event_id) DO UPDATE SET content = excluded.content, erasure_id = excluded.erasure_id,
			generation = redactions.generation + 1, redacted_at = now()
	), unsalted AS (
		UPDATE seals s SET salt = NULL FROM changed c WHERE s.event_id = c.id
	)
	SELECT x.id, s.events INTO made, many FROM erasure x CROSS JOIN said s;

	UPDATE events e SET actor_label = x.actor_label, subject_label = x.subject_label, before = x.before, after = x.after, ip = x.ip
	FROM redactions r, events o CROSS JOIN LATERAL redacted_event(o, person, subjects, words) AS x
	WHERE r.erasure_id = made AND e.id = r.event_id AND o.id = r.event_id;
	RETURN QUERY SELECT made, many;
END $$;
--> statement-breakpoint
-- The database itself refuses every other change (T95): what an event becomes must be what a redaction of this very
-- transaction says, and who, what and when stay as they are.
CREATE OR REPLACE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		IF (NEW.id, NEW.account_id, NEW.actor_id, NEW.name, NEW.subject_type, NEW.subject_id, NEW.request_id, NEW.transaction, NEW.at)
			IS NOT DISTINCT FROM
			(OLD.id, OLD.account_id, OLD.actor_id, OLD.name, OLD.subject_type, OLD.subject_id, OLD.request_id, OLD.transaction, OLD.at)
			AND EXISTS (
				SELECT FROM redactions r JOIN events x ON x.id = r.erasure_id AND x.name = 'user.erased'
				WHERE r.event_id = OLD.id AND r.content = event_content(NEW)
					AND x.transaction = (pg_current_xact_id()::text)::bigint)
		THEN
			RETURN NEW;
		END IF;
	END IF;
	RAISE EXCEPTION 'Audit events are never changed: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
