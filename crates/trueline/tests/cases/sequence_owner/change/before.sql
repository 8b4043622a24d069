CREATE SEQUENCE s;
CREATE SEQUENCE kept;
CREATE TABLE t (id int DEFAULT nextval('s'), other int);
CREATE TABLE gone (id int DEFAULT nextval('kept'));
ALTER SEQUENCE kept OWNED BY gone.id;
ALTER SEQUENCE s OWNED BY t.id;
