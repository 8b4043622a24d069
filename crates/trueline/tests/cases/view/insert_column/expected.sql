-- breaks-clients: view public.x: programs that use it fail
DROP VIEW public.x;
-- breaks-clients: view public.w: programs that use it fail
DROP VIEW public.w;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
CREATE VIEW public.v AS
 SELECT a,
    c,
    b
   FROM public.t;
CREATE VIEW public.w AS
 SELECT b
   FROM public.v;
CREATE VIEW public.x AS
 SELECT b
   FROM public.w;
