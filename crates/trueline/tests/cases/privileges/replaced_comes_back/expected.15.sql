-- breaks-clients: column public.t.g: programs that use it fail
ALTER TABLE public.t DROP COLUMN g;
-- breaks-clients: function public.f(integer): programs that call it fail
DROP FUNCTION public.f(integer);
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: column public.t.id: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;
-- data-dependent: column public.t.g: fails if its expression does for a row
ALTER TABLE public.t ADD COLUMN g integer GENERATED ALWAYS AS (1) STORED;
GRANT SELECT (g) ON TABLE public.t TO privback_a;
CREATE FUNCTION public.f(a integer)
 RETURNS bigint
 LANGUAGE sql
AS $function$select a::bigint$function$;
REVOKE EXECUTE ON FUNCTION public.f(integer) FROM PUBLIC;
CREATE VIEW public.v AS
 SELECT t.id
   FROM public.t;
GRANT SELECT ON TABLE public.v TO privback_a;
