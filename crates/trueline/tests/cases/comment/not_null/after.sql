CREATE TABLE t (a integer NOT NULL, b integer CONSTRAINT new NOT NULL, c integer NOT NULL);
CREATE DOMAIN d AS integer NOT NULL;
COMMENT ON CONSTRAINT t_a_not_null ON t IS 'never empty';
COMMENT ON CONSTRAINT new ON t IS 'named';
COMMENT ON CONSTRAINT d_not_null ON DOMAIN d IS 'of the domain';
