ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;
ALTER SEQUENCE public.t_id_seq AS bigint;
-- breaks-clients: column public.t.id: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;
ALTER TABLE public.t ALTER COLUMN id SET DEFAULT nextval('public.t_id_seq'::regclass);
