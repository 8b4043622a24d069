CREATE TABLE t (
    id bigint PRIMARY KEY,
    a bigint DEFAULT 1 NOT NULL CHECK (a > 0),
    b int DEFAULT 5,
    c text UNIQUE,
    d timestamptz,
    e int[],
    f text COLLATE "C",
    g bigint GENERATED ALWAYS AS (a + 1) STORED
);
CREATE TABLE child (id int PRIMARY KEY, t uuid);
CREATE TABLE parent (code uuid PRIMARY KEY);
ALTER TABLE child ADD FOREIGN KEY (t) REFERENCES parent;
CREATE INDEX ON t (a, b) WHERE a > 10;
CREATE INDEX ON t (lower(c));
CREATE VIEW v AS SELECT a, b FROM t;
