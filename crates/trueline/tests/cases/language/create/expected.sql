CREATE FUNCTION public.h()
 RETURNS language_handler
 LANGUAGE internal
AS $function$suppress_redundant_updates_trigger$function$;
CREATE TRUSTED LANGUAGE tongue HANDLER public.h;
