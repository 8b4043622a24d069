-- breaks-clients: function public.f(integer, text): programs that call it fail
DROP FUNCTION public.f(integer, text);
CREATE FUNCTION public.f(a integer, b text)
 RETURNS integer
 LANGUAGE sql
AS $function$ select a $function$;
