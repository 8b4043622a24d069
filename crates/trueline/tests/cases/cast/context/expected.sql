DROP CAST (public.t AS integer);
CREATE CAST (public.t AS integer) WITH FUNCTION public.t_int(public.t) AS ASSIGNMENT;
