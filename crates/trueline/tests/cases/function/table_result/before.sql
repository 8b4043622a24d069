create function f() returns table (a int, b text) language sql rows 50 as $$ select 1, 'x' $$;
