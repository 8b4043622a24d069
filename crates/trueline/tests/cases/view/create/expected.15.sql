CREATE VIEW public.v AS
 SELECT t.a,
    t.b
   FROM public.t;
CREATE VIEW public.w WITH (check_option=local, security_barrier='true', security_invoker='true') AS
 SELECT v.a,
    v.b
   FROM public.v
  WHERE (v.a > 0);
