CREATE TABLE t (a integer NOT NULL, b integer CONSTRAINT old NOT NULL, c integer NOT NULL);
CREATE DOMAIN d AS integer NOT NULL;
COMMENT ON CONSTRAINT old ON t IS 'named';
COMMENT ON CONSTRAINT t_c_not_null ON t IS 'goes';
