CREATE DOMAIN positive AS int NOT NULL DEFAULT 1 CHECK (VALUE > 0);
CREATE DOMAIN code AS varchar(10) CHECK (VALUE ~ '^[a-z]+$');
CREATE TABLE t (c code COLLATE "C", d code[] DEFAULT '{a}', p positive);
CREATE INDEX ON t (c, p);
