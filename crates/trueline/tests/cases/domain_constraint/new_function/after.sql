CREATE FUNCTION fine(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT t <> 'x' $$;
CREATE DOMAIN word AS text CHECK (fine(VALUE));
CREATE TABLE t (one word, list word[]);
