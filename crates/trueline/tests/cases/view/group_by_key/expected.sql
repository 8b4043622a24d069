CREATE VIEW public.v AS
 SELECT a,
    b,
    count(*) AS n
   FROM public.t
  GROUP BY a;
