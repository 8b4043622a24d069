CREATE DOMAIN positive AS bigint NOT NULL DEFAULT 1 CHECK (VALUE > 0);
CREATE DOMAIN code AS text COLLATE "C" CHECK (VALUE ~ '^[a-z]+$');
CREATE TABLE t (c code COLLATE "POSIX", d code[] DEFAULT '{a}', p positive);
CREATE INDEX ON t (c, p);
