CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE children (
    parent integer,
    other integer,
    third integer,
    size integer,
    CONSTRAINT becomes_enforced FOREIGN KEY (parent) REFERENCES parents (id) NOT ENFORCED,
    CONSTRAINT is_let_go FOREIGN KEY (other) REFERENCES parents (id),
    CONSTRAINT is_both FOREIGN KEY (third) REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED NOT ENFORCED,
    CONSTRAINT size_is_positive CHECK (size > 0) NOT ENFORCED,
    CONSTRAINT goes CHECK (size < 5) NOT ENFORCED,
    CONSTRAINT size_is_small CHECK (size < 100)
);
