CREATE FUNCTION ok(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT t <> '' $$;
CREATE DOMAIN word AS text CHECK (ok(VALUE));
CREATE TABLE t (one word, list word[]);
