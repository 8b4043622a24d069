-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE bigint;
CREATE VIEW public.v AS
 SELECT t.a,
    t.b
   FROM public.t;
ALTER TABLE public.v ALTER COLUMN b SET DEFAULT 'x'::text;
