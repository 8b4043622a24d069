CREATE TABLE public.c (
    a integer NOT NULL,
    b integer,
    d integer
) INHERITS (public.p);
CREATE TABLE public.e () INHERITS (public.p);
