CREATE OR REPLACE FUNCTION public.s(a integer, b integer)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE SUPPORT generate_series_int4_support
AS $function$int4eq$function$;
