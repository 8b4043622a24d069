CREATE FUNCTION public.b(integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$ begin return a($1); end $function$;
CREATE FUNCTION public.a(integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$ begin return b($1); end $function$;
