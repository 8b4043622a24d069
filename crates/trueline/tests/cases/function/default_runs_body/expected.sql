CREATE FUNCTION public.z_helper(v text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT length(v) > 0$function$;
ALTER TABLE public.entries ADD COLUMN val public.checked_text DEFAULT 'ok'::text;
