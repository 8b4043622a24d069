CREATE TABLE t (
    id int PRIMARY KEY,
    a int DEFAULT 1 NOT NULL CHECK (a > 0),
    b text DEFAULT '5',
    c varchar(10) UNIQUE,
    d timestamp,
    e text[],
    f text,
    g int GENERATED ALWAYS AS (a + 1) STORED
);
CREATE TABLE child (id int PRIMARY KEY, t text);
CREATE TABLE parent (code text PRIMARY KEY);
ALTER TABLE child ADD FOREIGN KEY (t) REFERENCES parent;
CREATE INDEX ON t (a, b) WHERE a > 10;
CREATE INDEX ON t (lower(c));
CREATE VIEW v AS SELECT a, b FROM t;
