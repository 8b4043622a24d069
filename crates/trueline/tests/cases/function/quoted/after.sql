create function "F x"("Arg" int, "order" text) returns int language plpgsql as $_$ begin return $1; end $_$;
