CREATE FUNCTION public.c(text)
 RETURNS text
 LANGUAGE c
 STRICT
AS '$libdir/dict_snowball', $function$dsnowball_init$function$;
