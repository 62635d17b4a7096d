-- A sign-in that failed has no actor, and says from where: that goes with the person it was about, too.
CREATE OR REPLACE FUNCTION redacted_event(e events, person uuid, subjects text[], words text[]) RETURNS events LANGUAGE plpgsql STABLE AS $$
DECLARE
	about boolean := e.subject_id = ANY (subjects);
	fields text[] := '{device,userAgent,ip}';
BEGIN
	IF about THEN
		fields := fields || '{email,address,firstName,lastName,name,phone,label,holder,heir,message,from,reply,username}'::text[];
	END IF;
	IF e.actor_id = person OR (about AND e.actor_id IS NULL AND e.subject_type = 'user') THEN
		e.ip := NULL;
	END IF;
	IF e.actor_id = person THEN
		e.actor_label := 'Erased user';
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
