CREATE TABLE places (name text NOT NULL, size int);
CREATE TABLE capitals (name text NOT NULL, size int, state text);
CREATE TABLE villages (mayor text) INHERITS (places);
