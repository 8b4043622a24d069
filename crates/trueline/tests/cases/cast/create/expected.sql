CREATE CAST (public.t AS integer) WITH FUNCTION public.t_int(public.t) AS IMPLICIT;
