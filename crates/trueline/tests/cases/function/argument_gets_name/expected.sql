CREATE OR REPLACE FUNCTION public.f(n integer)
 RETURNS integer
 LANGUAGE sql
AS $function$ select 1 $function$;
