CREATE TYPE address AS (street varchar(100), zip int, "Country" text);
CREATE TYPE used AS (a bigint, b text, added date);
CREATE TYPE nothing AS ();
CREATE TABLE people (home used, all_homes used[]);
CREATE INDEX ON people (home);
COMMENT ON TYPE used IS 'a type';
COMMENT ON COLUMN used.a IS 'an attribute, and a wide one';
