CREATE DOMAIN code AS text DEFAULT 'x' CONSTRAINT short CHECK (length(VALUE) < 5) CONSTRAINT upper CHECK (upper(VALUE) = VALUE);
CREATE DOMAIN positive AS int CHECK (VALUE > 0) CONSTRAINT small CHECK (VALUE < 100);
CREATE TABLE t (c code, p positive);
