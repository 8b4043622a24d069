create procedure f(a int, b text) language sql as $$ select 1 $$;
