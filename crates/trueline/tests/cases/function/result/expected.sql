-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: function public.f(integer, text): programs that call it fail
DROP FUNCTION public.f(integer, text);
CREATE FUNCTION public.f(a integer, b text DEFAULT 'x'::text)
 RETURNS bigint
 LANGUAGE sql
AS $function$ select a::bigint $function$;
CREATE VIEW public.v AS
 SELECT public.f(1) AS x;
