create table t (a int, b text);
create function n(t) returns text language sql stable as $$ select 'x' || $1.b $$;
