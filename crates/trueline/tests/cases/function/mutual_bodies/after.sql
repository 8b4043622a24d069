create function a(int) returns int language plpgsql as $$ begin return b($1); end $$;
create function b(int) returns int language plpgsql as $$ begin return a($1); end $$;
