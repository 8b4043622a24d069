CREATE TABLE public.t (
    id integer NOT NULL,
    a integer,
    CONSTRAINT t_pkey PRIMARY KEY (id)
);
ALTER TABLE public.t ADD CONSTRAINT again UNIQUE (id);
ALTER TABLE public.t ADD CONSTRAINT one UNIQUE (a);
ALTER TABLE public.t ADD CONSTRAINT two UNIQUE (a);
