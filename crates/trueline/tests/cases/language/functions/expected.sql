CREATE FUNCTION public.i(internal)
 RETURNS void
 LANGUAGE internal
AS $function$suppress_redundant_updates_trigger$function$;
CREATE OR REPLACE LANGUAGE tongue HANDLER public.h INLINE public.i;
