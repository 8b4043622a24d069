CREATE TABLE public.parent (
    a integer DEFAULT 1,
    b integer
);
CREATE TABLE public.heir (
    a integer DEFAULT NULL
) INHERITS (public.parent);
CREATE TABLE public.grandchild (
    a integer DEFAULT 7,
    b integer DEFAULT 3
) INHERITS (public.heir);
CREATE TABLE public.pk (
    a integer NOT NULL,
    b integer NOT NULL,
    CONSTRAINT pk_pkey PRIMARY KEY (a, b)
);
CREATE TABLE public.fk (
    b integer DEFAULT 142857,
    a integer DEFAULT 2501,
    CONSTRAINT fk_a_b_fkey FOREIGN KEY (a, b) REFERENCES public.pk(a, b) ON UPDATE CASCADE ON DELETE CASCADE
) PARTITION BY LIST (a);
CREATE TABLE public.fk_4 (
    a integer,
    b integer,
    CONSTRAINT fk_4_a_b_fkey FOREIGN KEY (a, b) REFERENCES public.pk(a, b) ON UPDATE CASCADE ON DELETE CASCADE
) PARTITION BY RANGE (b, a);
ALTER TABLE public.fk ATTACH PARTITION public.fk_4 FOR VALUES IN (3500, 3502);
CREATE TABLE public.fk_4_1 PARTITION OF public.fk_4 FOR VALUES FROM (1, 1) TO (100, 100);
CREATE TABLE public.fk_4_2 PARTITION OF public.fk_4 (
    a DEFAULT 2501,
    b DEFAULT 142857,
    CONSTRAINT fk_4_2_a_b_fkey FOREIGN KEY (a, b) REFERENCES public.pk(a, b) ON UPDATE SET NULL
) FOR VALUES FROM (100, 100) TO (1000, 1000);
