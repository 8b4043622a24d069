CREATE SEQUENCE s;
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE TABLE t (a int DEFAULT 2, b text, c int DEFAULT nextval('s'), d int DEFAULT f());
