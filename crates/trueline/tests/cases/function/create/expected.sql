CREATE FUNCTION public.f(a integer, b text DEFAULT 'x'::text)
 RETURNS integer
 LANGUAGE sql
AS $function$ select a $function$;
