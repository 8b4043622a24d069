ALTER TABLE public.pairs NOT OF;
-- breaks-clients: composite type public.pair: programs that use it fail
DROP TYPE public.pair;
