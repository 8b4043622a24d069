-- breaks-clients: function public.f(integer, text): programs that call it fail
DROP FUNCTION public.f(integer, text);
CREATE PROCEDURE public.f(IN a integer, IN b text)
 LANGUAGE sql
AS $procedure$ select 1 $procedure$;
