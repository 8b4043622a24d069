CREATE TYPE level AS ENUM ('low', 'high');
CREATE FUNCTION pick(l level) RETURNS level LANGUAGE sql IMMUTABLE AS 'SELECT l';
CREATE TABLE t (id int PRIMARY KEY, l level);
CREATE VIEW v AS SELECT id, l, pick(l) AS picked FROM t WHERE l = 'low';
CREATE TABLE child (id int PRIMARY KEY, ls level[], CHECK ('low'::level = ANY (ls)));
CREATE POLICY p ON t USING (l = 'low');
COMMENT ON COLUMN v.l IS 'level';
