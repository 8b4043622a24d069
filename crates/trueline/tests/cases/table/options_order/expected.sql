ALTER TABLE public.t SET (fillfactor='60', autovacuum_enabled='false');
ALTER INDEX public.i RESET (fillfactor);
ALTER TABLE public.u SET (autovacuum_enabled='false', parallel_workers='2');
ALTER TABLE public.u RESET (fillfactor);
ALTER MATERIALIZED VIEW public.m SET (parallel_workers='1', fillfactor='70');
ALTER MATERIALIZED VIEW public.m RESET (autovacuum_enabled);
