create function f() returns table (a int, b text, c int) language sql rows 50 as $$ select 1, 'x', 2 $$;
