CREATE TABLE public.b (
    id integer NOT NULL,
    a integer,
    CONSTRAINT b_pkey PRIMARY KEY (id)
);
CREATE TABLE public.a (
    id integer NOT NULL,
    b integer,
    CONSTRAINT a_pkey PRIMARY KEY (id),
    CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES public.b(id)
);
ALTER TABLE public.b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES public.a(id);
CREATE TABLE public.itself (
    id integer NOT NULL,
    other integer,
    CONSTRAINT itself_pkey PRIMARY KEY (id),
    CONSTRAINT itself_other_fkey FOREIGN KEY (other) REFERENCES public.itself(id)
);
