ALTER MATERIALIZED VIEW public.m SET (autovacuum_enabled='false');
ALTER MATERIALIZED VIEW public.m RESET (fillfactor, toast.autovacuum_enabled);
