create function f(a int, b text default 'x') returns bigint language sql as $$ select a::bigint $$;
create view v as select f(1) as x;
