CREATE OR REPLACE VIEW public.v AS
 SELECT a,
    c AS day
   FROM public.t;
CREATE OR REPLACE VIEW public.w AS
 SELECT a,
    day
   FROM public.v;
