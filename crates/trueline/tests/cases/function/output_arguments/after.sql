create function f(a int, out b int, inout d text) language sql as $$ select 1, 'x' $$;
