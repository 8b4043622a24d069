CREATE SEQUENCE public."t_N_seq";
CREATE SEQUENCE public.t_id_seq AS integer;
CREATE TABLE public.t (
    id integer DEFAULT nextval('public.t_id_seq'::regclass) NOT NULL,
    "N" bigint DEFAULT nextval('public."t_N_seq"'::regclass) NOT NULL,
    CONSTRAINT t_pkey PRIMARY KEY (id)
);
ALTER SEQUENCE public."t_N_seq" OWNED BY public.t."N";
ALTER SEQUENCE public.t_id_seq OWNED BY public.t.id;
