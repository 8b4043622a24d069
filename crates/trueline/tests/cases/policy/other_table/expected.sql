DROP POLICY p ON public.t;
-- breaks-clients: column public.u.a: programs that expect the old type may fail
ALTER TABLE public.u ALTER COLUMN a TYPE bigint;
CREATE POLICY p ON public.t USING ((a IN ( SELECT u.a
   FROM public.u)));
