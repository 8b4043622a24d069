CREATE VIEW public.v AS
 SELECT t.a,
    t.b
   FROM public.t;
CREATE VIEW public.w WITH (security_barrier='true', security_invoker='true', check_option=local) AS
 SELECT v.a,
    v.b
   FROM public.v
  WHERE (v.a > 0);
