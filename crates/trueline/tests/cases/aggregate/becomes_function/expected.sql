-- breaks-clients: aggregate public.total(integer): programs that call it fail
DROP AGGREGATE public.total(integer);
CREATE FUNCTION public.total(n integer)
 RETURNS integer
 LANGUAGE sql
AS $function$select 1$function$;
