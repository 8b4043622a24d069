CREATE CAST (public.t AS integer) WITH FUNCTION public.t_int(public.t);
CREATE VIEW public.v AS
 SELECT (t.*)::integer AS n
   FROM public.t;
