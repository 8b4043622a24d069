-- data-dependent: materialized view public.m: fails if its query does for a row
CREATE MATERIALIZED VIEW public.m WITH (fillfactor='70') AS
 SELECT t.a,
    t.b
   FROM public.t;
CREATE UNIQUE INDEX m_a ON public.m USING btree (a);
CREATE INDEX m_lower_idx ON public.m USING btree (lower(b));
