CREATE DOMAIN code AS text;
CREATE DOMAIN positive AS int NOT NULL DEFAULT 1 CHECK (VALUE > 0);
CREATE TABLE t (c code, p positive);
CREATE DOMAIN gone AS int;
