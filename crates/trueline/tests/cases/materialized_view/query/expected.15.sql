-- breaks-clients: view public.w: programs that use it fail
DROP VIEW public.w;
-- breaks-clients: materialized view public.m: programs that use it fail
DROP MATERIALIZED VIEW public.m;
-- data-dependent: materialized view public.m: fails if its query does for a row
CREATE MATERIALIZED VIEW public.m AS
 SELECT t.a,
    t.b
   FROM public.t
  WHERE (t.a > 1);
CREATE VIEW public.w AS
 SELECT m.a
   FROM public.m;
CREATE UNIQUE INDEX m_a ON public.m USING btree (a);
