create procedure p(c int, inout b text) language plpgsql as $$ begin b := 'x'; end $$;
