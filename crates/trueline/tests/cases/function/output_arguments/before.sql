create function f(a int, out b int, inout c text) language sql as $$ select 1, 'x' $$;
