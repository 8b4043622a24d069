-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: function public.f(): programs that call it fail
DROP FUNCTION public.f();
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE bigint;
CREATE FUNCTION public.f()
 RETURNS bigint
 LANGUAGE sql
BEGIN ATOMIC
 SELECT max(t.a) AS max
    FROM public.t;
END;
CREATE VIEW public.v AS
 SELECT public.f() AS x;
