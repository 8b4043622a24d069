ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;
-- breaks-clients: sequence public.t_id_seq: programs that use it fail
DROP SEQUENCE public.t_id_seq;
-- breaks-clients: column public.t.id: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;
ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
SELECT pg_catalog.setval('public.t_id_seq', max(id)) FROM public.t HAVING max(id) >= 1;
GRANT USAGE, SELECT ON SEQUENCE public.t_id_seq TO case_reader;
