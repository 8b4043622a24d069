CREATE SEQUENCE s;
CREATE SEQUENCE kept;
CREATE TABLE t (id int DEFAULT nextval('s'), other int);
ALTER SEQUENCE s OWNED BY t.other;
