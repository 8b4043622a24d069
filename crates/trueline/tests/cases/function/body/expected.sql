CREATE OR REPLACE FUNCTION public.f(a integer, b text DEFAULT 'x'::text)
 RETURNS integer
 LANGUAGE sql
AS $function$ select a + 1 $function$;
