CREATE SEQUENCE public.t_n_seq AS integer;
ALTER SEQUENCE public.t_n_seq OWNER TO ownserial_a;
ALTER TABLE public.t ADD COLUMN n integer DEFAULT nextval('public.t_n_seq'::regclass) NOT NULL;
ALTER SEQUENCE public.t_n_seq OWNED BY public.t.n;
