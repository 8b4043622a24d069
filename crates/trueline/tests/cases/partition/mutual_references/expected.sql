ALTER TABLE public.one DETACH PARTITION public.one_x;
ALTER TABLE public.one_x DROP CONSTRAINT to_two;
ALTER TABLE public.one DROP CONSTRAINT to_two;
ALTER TABLE public.two DETACH PARTITION public.two_x;
ALTER TABLE public.two_x DROP CONSTRAINT to_one;
-- breaks-clients: table public.two: programs that use it fail
DROP TABLE public.two;
-- breaks-clients: table public.one: programs that use it fail
DROP TABLE public.one;
CREATE TABLE public.two (
    a text,
    b integer,
    CONSTRAINT two_a_b_key UNIQUE (a, b)
);
CREATE TABLE public.one (
    a text,
    b integer,
    CONSTRAINT one_a_b_key UNIQUE (a, b),
    CONSTRAINT to_two FOREIGN KEY (a, b) REFERENCES public.two(a, b)
);
ALTER TABLE public.two ADD CONSTRAINT to_one FOREIGN KEY (a, b) REFERENCES public.one(a, b);
