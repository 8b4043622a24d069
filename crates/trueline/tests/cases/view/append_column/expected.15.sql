CREATE OR REPLACE VIEW public.v AS
 SELECT t.a,
    t.c AS day
   FROM public.t;
CREATE OR REPLACE VIEW public.w AS
 SELECT v.a,
    v.day
   FROM public.v;
