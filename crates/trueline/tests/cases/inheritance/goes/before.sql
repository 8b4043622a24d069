CREATE TABLE places (name text, size int, CONSTRAINT big CHECK (size > 0));
CREATE TABLE things (weight int);
CREATE TABLE capitals (state text) INHERITS (places, things);
