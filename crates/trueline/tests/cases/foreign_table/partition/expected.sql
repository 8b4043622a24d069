ALTER TABLE public.p1 ALTER COLUMN v DROP DEFAULT;
ALTER TABLE public.p2 ALTER COLUMN v DROP DEFAULT;
ALTER TABLE ONLY public.p ALTER COLUMN v DROP DEFAULT;
ALTER TABLE public.p DETACH PARTITION public.p2;
ALTER TABLE public.base ADD COLUMN more text;
-- data-dependent: column public.p.v: fails if a value does not convert to character varying(5)
-- breaks-clients: column public.p.v: programs that expect the old type may fail
ALTER TABLE public.p ALTER COLUMN v TYPE character varying(5);
-- data-dependent: column public.p.w: fails if the table has rows, since it is NOT NULL and has no default
ALTER TABLE public.p ADD COLUMN w integer NOT NULL;
ALTER TABLE ONLY public.p ALTER COLUMN v SET DEFAULT 'y'::character varying;
CREATE INDEX p_v ON public.p USING btree (v);
ALTER TABLE public.p1 ALTER COLUMN v SET DEFAULT 'y'::character varying;
ALTER FOREIGN TABLE public.p2 OPTIONS (ADD x 'y');
ALTER TABLE public.p2 ALTER COLUMN v TYPE character varying(5);
ALTER TABLE public.p2 ADD COLUMN w integer NOT NULL;
ALTER TABLE public.p2 ALTER COLUMN v SET DEFAULT 'y'::character varying;
-- data-dependent: partition public.p2: fails if a row is outside its bounds
ALTER TABLE public.p ATTACH PARTITION public.p2 FOR VALUES FROM (10) TO (30);
ALTER TABLE public.p3 ALTER COLUMN v TYPE character varying(5);
ALTER TABLE public.p3 ADD COLUMN w integer NOT NULL;
ALTER TABLE public.p3 ALTER COLUMN v SET DEFAULT 'z'::character varying;
-- data-dependent: partition public.p3: fails if a row is outside its bounds
ALTER TABLE public.p ATTACH PARTITION public.p3 FOR VALUES FROM (30) TO (40);
