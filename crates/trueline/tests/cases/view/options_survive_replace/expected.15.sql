CREATE OR REPLACE VIEW public.v WITH (security_invoker='true') AS
 SELECT t.a
   FROM public.t
  WHERE (t.b = 'x'::text);
