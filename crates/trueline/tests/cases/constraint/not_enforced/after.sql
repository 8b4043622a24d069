CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE children (
    parent integer,
    other integer,
    third integer,
    size integer,
    CONSTRAINT becomes_enforced FOREIGN KEY (parent) REFERENCES parents (id),
    CONSTRAINT is_let_go FOREIGN KEY (other) REFERENCES parents (id) NOT ENFORCED,
    CONSTRAINT is_both FOREIGN KEY (third) REFERENCES parents (id) DEFERRABLE,
    CONSTRAINT size_is_positive CHECK (size > 0),
    CONSTRAINT is_new CHECK (size <> 7) NOT ENFORCED,
    CONSTRAINT new_key FOREIGN KEY (size) REFERENCES parents (id) DEFERRABLE NOT ENFORCED,
    CONSTRAINT size_is_small CHECK (size < 100) NOT ENFORCED
);
