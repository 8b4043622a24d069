CREATE FUNCTION public.a(integer)
 RETURNS integer
 LANGUAGE sql
AS $function$select b($1)$function$;
CREATE FUNCTION public.b(integer)
 RETURNS integer
 LANGUAGE sql
AS $function$select a($1)$function$;
