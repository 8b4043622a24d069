create function f(a int, b text default 'x') returns int language sql as $$ select a $$;
create view v as select f(1) as x;
