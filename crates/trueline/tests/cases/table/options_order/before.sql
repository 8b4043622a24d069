CREATE TABLE t (id int) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE u (id int) WITH (parallel_workers = 2, fillfactor = 80);
CREATE MATERIALIZED VIEW m WITH (fillfactor = 70, autovacuum_enabled = false) AS SELECT 1 AS a;
CREATE INDEX i ON t (id) WITH (fillfactor = 50, deduplicate_items = off);
