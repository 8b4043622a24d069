CREATE OR REPLACE FUNCTION public.f(a integer DEFAULT 1, b text DEFAULT 'x'::text)
 RETURNS integer
 LANGUAGE sql
AS $function$ select a $function$;
