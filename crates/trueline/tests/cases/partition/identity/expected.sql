CREATE SEQUENCE public.events_no_seq AS integer;
ALTER TABLE public.events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
SELECT pg_catalog.setval('public.events_id_seq', max(id)) FROM public.events HAVING max(id) >= 1;
ALTER TABLE public.events ADD COLUMN no integer DEFAULT nextval('public.events_no_seq'::regclass) NOT NULL;
ALTER SEQUENCE public.events_no_seq OWNED BY public.events.no;
