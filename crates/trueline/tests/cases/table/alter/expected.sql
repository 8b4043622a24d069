-- data-loss: table public.gone: all its rows are deleted
-- breaks-clients: table public.gone: programs that use it fail
DROP TABLE public.gone;
ALTER TABLE public.r REPLICA IDENTITY DEFAULT;
ALTER TABLE public.r SET WITHOUT CLUSTER;
ALTER TABLE public.t SET (fillfactor='80', toast.autovacuum_enabled='false');
ALTER TABLE public.t RESET (autovacuum_enabled);
ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.t FORCE ROW LEVEL SECURITY;
ALTER TABLE public.t REPLICA IDENTITY FULL;
ALTER TABLE public.u SET LOGGED;
