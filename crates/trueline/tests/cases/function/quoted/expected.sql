CREATE FUNCTION public."F x"("Arg" integer, "order" text)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$ begin return $1; end $function$;
