CREATE TABLE t (
    a integer,
    stays integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    changes integer GENERATED ALWAYS AS (a + 2) VIRTUAL,
    becomes_stored integer GENERATED ALWAYS AS (a + 1) STORED,
    becomes_virtual integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    becomes_plain integer,
    retyped bigint GENERATED ALWAYS AS (a + 1) VIRTUAL,
    filled integer GENERATED ALWAYS AS (a + 1) VIRTUAL NOT NULL,
    added integer GENERATED ALWAYS AS (a * 2) VIRTUAL CHECK (added > 0)
);
