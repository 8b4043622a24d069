-- breaks-clients: view public.x: programs that use it fail
DROP VIEW public.x;
-- breaks-clients: view public.w: programs that use it fail
DROP VIEW public.w;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
CREATE VIEW public.v AS
 SELECT t.a,
    t.c,
    t.b
   FROM public.t;
CREATE VIEW public.w AS
 SELECT v.b
   FROM public.v;
CREATE VIEW public.x AS
 SELECT w.b
   FROM public.w;
