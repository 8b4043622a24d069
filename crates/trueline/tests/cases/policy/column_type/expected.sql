DROP POLICY p ON public.t;
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE bigint;
CREATE POLICY p ON public.t USING ((a > 0));
