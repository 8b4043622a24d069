CREATE COLLATION plain (provider = libc, locale = 'POSIX');
CREATE TABLE t (a text COLLATE plain DEFAULT 'x', b int);
CREATE INDEX ON t (a);
