CREATE TABLE public.t (
    a integer
) PARTITION BY LIST (a) USING heap2;
CREATE TABLE public.t1 PARTITION OF public.t FOR VALUES IN (1) USING heap2;
CREATE TABLE public.t2 PARTITION OF public.t FOR VALUES IN (2) USING heap;
