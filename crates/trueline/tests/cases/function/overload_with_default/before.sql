CREATE FUNCTION norm(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(t) $$;
CREATE TABLE t (name text, plain text GENERATED ALWAYS AS (norm(name)) STORED, CHECK (norm(name) <> ''));
CREATE INDEX t_norm ON t (norm(name));
CREATE VIEW v AS SELECT norm(name) AS plain FROM t;
