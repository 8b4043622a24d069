CREATE TABLE places (name text NOT NULL, size int);
CREATE TABLE capitals (name text NOT NULL, size int, state text);
ALTER TABLE capitals INHERIT places;
CREATE TABLE villages (name text NOT NULL, size int, mayor text);
