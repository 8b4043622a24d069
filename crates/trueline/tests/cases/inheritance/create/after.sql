CREATE TABLE places (name text NOT NULL, size int DEFAULT 1, CONSTRAINT big CHECK (size > 0));
CREATE TABLE things (weight real);
CREATE TABLE capitals (state text, size int DEFAULT 5) INHERITS (places, things);
CREATE TABLE villages (CONSTRAINT big CHECK (size > 0), CONSTRAINT small CHECK (size < 100) NO INHERIT) INHERITS (places);
CREATE TABLE hamlets () INHERITS (villages);
ALTER TABLE hamlets ALTER size SET DEFAULT 3, ALTER size SET NOT NULL;
CREATE INDEX ON villages (name);
