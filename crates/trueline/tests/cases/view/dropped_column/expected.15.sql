-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- data-loss: column public.t.c: all its values are deleted
-- breaks-clients: column public.t.c: programs that use it fail
ALTER TABLE public.t DROP COLUMN c;
CREATE VIEW public.v AS
 SELECT t.a
   FROM public.t;
