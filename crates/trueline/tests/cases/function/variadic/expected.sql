CREATE OR REPLACE FUNCTION public.f(VARIADIC a integer[])
 RETURNS integer
 LANGUAGE sql
AS $function$ select 2 $function$;
