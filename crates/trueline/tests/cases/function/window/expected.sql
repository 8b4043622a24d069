CREATE FUNCTION public.w(anyelement)
 RETURNS anyelement
 LANGUAGE internal
 WINDOW IMMUTABLE STRICT
AS $function$window_first_value$function$;
