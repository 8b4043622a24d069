-- breaks-clients: function public.f(integer): programs that call it fail
DROP FUNCTION public.f(integer);
-- breaks-clients: view public.w: programs that use it fail
DROP VIEW public.w;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: column public.t.id: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;
CREATE FUNCTION public.f(a integer)
 RETURNS bigint
 LANGUAGE sql
AS $function$select a::bigint$function$;
ALTER FUNCTION public.f(integer) OWNER TO ownback_a;
CREATE VIEW public.v AS
 SELECT t.id
   FROM public.t;
ALTER VIEW public.v OWNER TO ownback_a;
CREATE VIEW public.w AS
 SELECT v.id
   FROM public.v;
ALTER VIEW public.w OWNER TO ownback_a;
