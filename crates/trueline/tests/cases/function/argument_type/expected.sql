CREATE FUNCTION public.f(a bigint, b text DEFAULT 'x'::text)
 RETURNS integer
 LANGUAGE sql
AS $function$ select a::int $function$;
ALTER TABLE public.t ALTER COLUMN a SET DEFAULT public.f((1)::bigint);
-- breaks-clients: function public.f(integer, text): programs that call it fail
DROP FUNCTION public.f(integer, text);
