ALTER TABLE public.t ADD COLUMN b text;
CREATE OR REPLACE FUNCTION public.n(public.t)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$ select 'x' || $1.b $function$;
