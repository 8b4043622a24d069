-- breaks-clients: view public.w: programs that use it fail
DROP VIEW public.w;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- data-dependent: materialized view public.v: fails if its query does for a row
CREATE MATERIALIZED VIEW public.v AS
 SELECT a
   FROM public.t;
CREATE VIEW public.w AS
 SELECT a
   FROM public.v;
