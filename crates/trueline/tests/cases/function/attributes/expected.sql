CREATE OR REPLACE FUNCTION public.f(a integer, b text DEFAULT 'x'::text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT SECURITY DEFINER LEAKPROOF COST 5
 SET search_path TO 'public'
 SET work_mem TO '1MB'
AS $function$ select a $function$;
