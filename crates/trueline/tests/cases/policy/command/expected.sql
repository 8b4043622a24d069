DROP POLICY p ON public.t;
CREATE POLICY p ON public.t FOR DELETE USING ((a > 0));
