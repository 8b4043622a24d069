create function f(n int, b text default 'x') returns int language sql as $$ select n $$;
