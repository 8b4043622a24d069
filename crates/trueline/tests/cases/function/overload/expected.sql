CREATE FUNCTION public.f(a bigint)
 RETURNS integer
 LANGUAGE sql
AS $function$ select 1 $function$;
