-- breaks-clients: function public.f(): programs that call it fail
DROP FUNCTION public.f();
CREATE FUNCTION public.f()
 RETURNS TABLE(a integer, b text, c integer)
 LANGUAGE sql
 ROWS 50
AS $function$ select 1, 'x', 2 $function$;
