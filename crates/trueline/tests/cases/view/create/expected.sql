CREATE VIEW public.v AS
 SELECT a,
    b
   FROM public.t;
CREATE VIEW public.w WITH (security_barrier='true', security_invoker='true', check_option=local) AS
 SELECT a,
    b
   FROM public.v
  WHERE (a > 0);
