CREATE TABLE t (id int) WITH (fillfactor = 60, autovacuum_enabled = false);
CREATE TABLE u (id int) WITH (autovacuum_enabled = false, parallel_workers = 2);
CREATE MATERIALIZED VIEW m WITH (parallel_workers = 1, fillfactor = 70) AS SELECT 1 AS a;
CREATE INDEX i ON t (id) WITH (deduplicate_items = off);
