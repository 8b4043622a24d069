CREATE TYPE widget;
CREATE FUNCTION widget_in(cstring) RETURNS widget LANGUAGE internal IMMUTABLE STRICT AS 'int8in';
CREATE FUNCTION widget_out(widget) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int8out';
CREATE TYPE widget (INPUT = widget_in, OUTPUT = widget_out, LIKE = bigint);
COMMENT ON TYPE widget IS 'a number';
CREATE TABLE box (n int, w widget);
CREATE VIEW boxes AS SELECT n, w FROM box;
