CREATE TABLE t (
    a integer,
    stays integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    changes integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    becomes_stored integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    becomes_virtual integer GENERATED ALWAYS AS (a + 1) STORED,
    becomes_plain integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    retyped integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    filled integer GENERATED ALWAYS AS (a + 1) VIRTUAL
);
