-- A word goes where it stands as a whole: what merely holds it, as anna.tom@ holds tom@, is somebody else's.
CREATE OR REPLACE FUNCTION redact_text(said text, words text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	word text;
	before text;
	after text;
BEGIN
	FOREACH word IN ARRAY words LOOP
		IF length(word) > 2 AND strpos(lower(said), lower(word)) > 0 THEN
			before := CASE WHEN strpos(word, '@') > 0 THEN '(?<![[:alnum:]._%+''-])' ELSE '(?<![[:alnum:]])' END;
			after := CASE WHEN strpos(word, '@') > 0 THEN '(?![[:alnum:]-]|\.[[:alnum:]])' ELSE '(?![[:alnum:]])' END;
			said := regexp_replace(said, before || regexp_replace(word, '([^[:alnum:][:space:]])', '\\\1', 'g') || after, '[erased]', 'gi');
		END IF;
	END LOOP;
	RETURN said;
END $$;
