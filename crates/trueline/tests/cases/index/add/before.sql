CREATE TABLE t (a int, b text, c tsvector);
CREATE INDEX gone ON t (a);
CREATE INDEX changed ON t (a);
CREATE INDEX options ON t (a) WITH (fillfactor = 70);
CREATE INDEX expression ON t ((a + 1), (a + 2));
ALTER INDEX expression ALTER COLUMN 1 SET STATISTICS 100;
