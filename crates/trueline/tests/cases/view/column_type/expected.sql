-- breaks-clients: view public.w: programs that use it fail
DROP VIEW public.w;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE bigint;
CREATE VIEW public.v AS
 SELECT a,
    b
   FROM public.t;
CREATE VIEW public.w AS
 SELECT a
   FROM public.v;
