CREATE TABLE t (id int PRIMARY KEY, "N" text) WITH (fillfactor = 70, autovacuum_enabled = false);
CREATE UNLOGGED TABLE u (id int);
CREATE TABLE gone (id int PRIMARY KEY, t int REFERENCES t);
CREATE TABLE r (id int PRIMARY KEY, k int NOT NULL UNIQUE);
ALTER TABLE r REPLICA IDENTITY USING INDEX r_k_key;
ALTER TABLE r CLUSTER ON r_pkey;
