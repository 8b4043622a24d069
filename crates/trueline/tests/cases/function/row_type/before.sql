create table t (a int);
create function n(t) returns text language sql stable as $$ select 'x' || $1.a $$;
