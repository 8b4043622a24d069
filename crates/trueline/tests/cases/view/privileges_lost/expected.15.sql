-- breaks-clients: view public.v: programs that use it fail
-- privileges-lost: view public.v: it is made anew, without what was granted on it
DROP VIEW public.v;
CREATE VIEW public.v AS
 SELECT t.b,
    t.a
   FROM public.t;
