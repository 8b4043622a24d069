CREATE OR REPLACE FUNCTION public.f(integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$select 2$function$;
ALTER TABLE public.t ADD CONSTRAINT t_a_check CHECK ((public.f(a) > 0)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.t.t_a_check: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT t_a_check;
