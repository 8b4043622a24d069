DROP INDEX public.pv;
ALTER TABLE public.r DROP CONSTRAINT r_id_fkey;
ALTER TABLE public.p DROP CONSTRAINT p_pkey;
ALTER TABLE ONLY public.p ADD CONSTRAINT p_pkey PRIMARY KEY (id);
CREATE INDEX pv ON ONLY public.p USING btree (v);
-- trueline: no-transaction
-- data-dependent: constraint public.p1.p1_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY p1_pkey ON public.p1 USING btree (id);
ALTER TABLE public.p1 ADD CONSTRAINT p1_pkey PRIMARY KEY USING INDEX p1_pkey;
ALTER INDEX public.p_pkey ATTACH PARTITION public.p1_pkey;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY p1_v_idx ON public.p1 USING btree (v);
ALTER INDEX public.pv ATTACH PARTITION public.p1_v_idx;
-- trueline: no-transaction
-- data-dependent: constraint public.p2.p2_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY p2_pkey ON public.p2 USING btree (id);
ALTER TABLE public.p2 ADD CONSTRAINT p2_pkey PRIMARY KEY USING INDEX p2_pkey;
ALTER INDEX public.p_pkey ATTACH PARTITION public.p2_pkey;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY p2_v_idx ON public.p2 USING btree (v);
ALTER INDEX public.pv ATTACH PARTITION public.p2_v_idx;
ALTER TABLE public.r ADD CONSTRAINT r_id_fkey FOREIGN KEY (id) REFERENCES public.p(id) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.r.r_id_fkey: fails if a row violates it
ALTER TABLE public.r VALIDATE CONSTRAINT r_id_fkey;
