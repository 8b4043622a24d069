DROP STATISTICS public.s;
CREATE STATISTICS public.s (dependencies) ON a, b FROM public.t;
