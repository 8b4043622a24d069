CREATE TABLE t (
    renamed integer CONSTRAINT new_name NOT NULL,
    named integer CONSTRAINT "Named" NOT NULL,
    unnamed integer NOT NULL,
    added integer CONSTRAINT added NOT NULL NO INHERIT,
    added_apart integer,
    gone integer,
    inherit integer CONSTRAINT inherit NOT NULL,
    no_inherit integer NOT NULL NO INHERIT,
    validated integer CONSTRAINT validated NOT NULL,
    let_go integer,
    new integer CONSTRAINT new NOT NULL
);
ALTER TABLE t ADD CONSTRAINT let_go NOT NULL let_go NOT VALID;
ALTER TABLE t ADD NOT NULL added_apart NOT VALID;
