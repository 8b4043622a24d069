-- breaks-clients: function public.f(integer, text): programs that call it fail
DROP FUNCTION public.f(integer, text);
CREATE FUNCTION public.f(a integer, OUT b integer, INOUT d text)
 RETURNS record
 LANGUAGE sql
AS $function$ select 1, 'x' $function$;
