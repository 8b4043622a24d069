CREATE VIEW public.v AS
 SELECT a,
    b
   FROM public.t;
CREATE VIEW public.w WITH (check_option=local, security_barrier='true', security_invoker='true') AS
 SELECT a,
    b
   FROM public.v
  WHERE (a > 0);
