create function add(int, int) returns int language sql immutable strict as 'select $1 + $2';
create function fin(int) returns bigint language sql immutable as 'select $1::bigint';
create aggregate total(n int) (sfunc = add, stype = int, initcond = '0');
create view v as select total(x) as y from (values (1)) t(x);
