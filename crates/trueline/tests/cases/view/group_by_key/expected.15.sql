CREATE VIEW public.v AS
 SELECT t.a,
    t.b,
    count(*) AS n
   FROM public.t
  GROUP BY t.a;
