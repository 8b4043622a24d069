CREATE TABLE t (a bytea, b int, c int[]);
