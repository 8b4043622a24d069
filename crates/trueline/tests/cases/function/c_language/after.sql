create function c(text) returns text language c strict as '$libdir/dict_snowball', 'dsnowball_init';
