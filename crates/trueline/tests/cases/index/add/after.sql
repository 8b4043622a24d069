CREATE TABLE t (a int, b text, c tsvector);
CREATE UNIQUE INDEX "Unique" ON t (a, lower(b)) NULLS NOT DISTINCT;
CREATE INDEX gin ON t USING gin (c) WITH (fastupdate = off);
CREATE INDEX sorted ON t (a DESC NULLS LAST, b COLLATE "C" text_pattern_ops) INCLUDE (c) WHERE a IS NOT NULL;
CREATE INDEX changed ON t (b);
CREATE INDEX options ON t (a) WITH (fillfactor = 80, deduplicate_items = off);
CREATE INDEX expression ON t ((a + 1), (a + 2));
ALTER INDEX expression ALTER COLUMN 2 SET STATISTICS 50;
ALTER TABLE t CLUSTER ON options;
