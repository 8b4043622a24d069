CREATE TABLE things (weight int);
CREATE TABLE capitals (name text, size int, state text, CONSTRAINT big CHECK (size > 0)) INHERITS (things);
