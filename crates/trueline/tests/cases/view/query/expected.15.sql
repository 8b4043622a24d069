CREATE OR REPLACE VIEW public.v AS
 SELECT t.a
   FROM public.t
  WHERE (t.a > 1);
