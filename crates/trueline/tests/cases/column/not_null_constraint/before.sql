CREATE TABLE t (
    renamed integer CONSTRAINT old_name NOT NULL,
    named integer NOT NULL,
    unnamed integer CONSTRAINT has_name NOT NULL,
    added integer,
    added_apart integer,
    gone integer CONSTRAINT goes NOT NULL NO INHERIT,
    inherit integer CONSTRAINT inherit NOT NULL NO INHERIT,
    no_inherit integer NOT NULL,
    validated integer,
    let_go integer CONSTRAINT let_go NOT NULL
);
ALTER TABLE t ADD CONSTRAINT validated NOT NULL validated NOT VALID;
