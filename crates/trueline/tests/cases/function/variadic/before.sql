create function f(variadic a int[]) returns int language sql as $$ select 1 $$;
