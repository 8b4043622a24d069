-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: function public.f(integer): programs that call it fail
DROP FUNCTION public.f(integer);
CREATE OR REPLACE FUNCTION public.f(a integer, b integer DEFAULT 1)
 RETURNS integer
 LANGUAGE sql
AS $function$ SELECT a + b $function$;
CREATE VIEW public.v AS
 SELECT public.f(1) AS a,
    public.f(1, 3) AS b;
