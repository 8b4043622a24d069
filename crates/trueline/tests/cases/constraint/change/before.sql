CREATE TABLE other (id int PRIMARY KEY, k int CONSTRAINT k UNIQUE);
CREATE TABLE t (
    id int,
    a int CONSTRAINT a_fk REFERENCES other,
    b int CONSTRAINT b_check CHECK (b > 0),
    c int CONSTRAINT c_unique UNIQUE,
    d int CONSTRAINT k_fk REFERENCES other (k),
    CONSTRAINT pk PRIMARY KEY (id)
);
ALTER TABLE t ADD CONSTRAINT e CHECK (c > 0) NOT VALID;
COMMENT ON CONSTRAINT b_check ON t IS 'stays';
