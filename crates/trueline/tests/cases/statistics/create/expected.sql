CREATE STATISTICS public.s ON a, b FROM public.t;
CREATE STATISTICS public.w (ndistinct, mcv) ON a, (b + 1), lower(c) FROM public.t;
ALTER STATISTICS public.w SET STATISTICS 50;
