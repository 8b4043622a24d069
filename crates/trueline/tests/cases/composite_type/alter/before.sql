CREATE TYPE address AS (street text, zip int, gone text);
CREATE TYPE used AS (a int, b text COLLATE "C", gone int);
CREATE TABLE people (home used, all_homes used[]);
CREATE INDEX ON people (home);
COMMENT ON TYPE used IS 'a type';
COMMENT ON COLUMN used.a IS 'an attribute';
