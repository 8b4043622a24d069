CREATE FUNCTION public.from_int(internal)
 RETURNS internal
 LANGUAGE internal
 IMMUTABLE
AS $function$int4_bool$function$;
CREATE FUNCTION public.to_int(internal)
 RETURNS integer
 LANGUAGE internal
 IMMUTABLE
AS $function$int4_bool$function$;
CREATE TRANSFORM FOR integer LANGUAGE plpgsql (FROM SQL WITH FUNCTION public.from_int(internal), TO SQL WITH FUNCTION public.to_int(internal));
