CREATE OR REPLACE VIEW public.v WITH (security_invoker='true') AS
 SELECT a
   FROM public.t
  WHERE (b = 'x'::text);
