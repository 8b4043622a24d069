create function f(a bigint, b text default 'x') returns int language sql as $$ select a::int $$;
create table t (a int default f(1));
