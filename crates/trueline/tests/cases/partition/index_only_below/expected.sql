CREATE TABLE public.idxpart (
    a integer
) PARTITION BY RANGE (a);
CREATE TABLE public.idxpart1 (
    a integer
);
CREATE INDEX idxpart1_a_idx ON public.idxpart1 USING btree (a);
ALTER TABLE public.idxpart ATTACH PARTITION public.idxpart1 FOR VALUES FROM (0) TO (100);
CREATE TABLE public.idxpart2 (
    a integer
) PARTITION BY RANGE (a);
CREATE TABLE public.idxpart21 PARTITION OF public.idxpart2 FOR VALUES FROM (100) TO (200);
CREATE TABLE public.idxpart22 PARTITION OF public.idxpart2 FOR VALUES FROM (200) TO (300);
CREATE INDEX idxpart2_a_idx ON ONLY public.idxpart2 USING btree (a);
ALTER TABLE public.idxpart ATTACH PARTITION public.idxpart2 FOR VALUES FROM (100) TO (1000);
CREATE INDEX idxpart_a_idx ON ONLY public.idxpart USING btree (a);
ALTER INDEX public.idxpart_a_idx ATTACH PARTITION public.idxpart1_a_idx;
ALTER INDEX public.idxpart_a_idx ATTACH PARTITION public.idxpart2_a_idx;
CREATE INDEX idxpart22_a_idx ON public.idxpart22 USING btree (a);
