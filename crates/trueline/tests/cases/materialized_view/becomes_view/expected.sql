-- breaks-clients: materialized view public.m: programs that use it fail
DROP MATERIALIZED VIEW public.m;
CREATE VIEW public.m AS
 SELECT a
   FROM public.t;
