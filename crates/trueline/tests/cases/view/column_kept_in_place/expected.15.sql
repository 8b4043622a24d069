CREATE OR REPLACE VIEW public.v AS
 SELECT t.a,
    NULL::date AS c
   FROM public.t;
-- data-loss: column public.t.c: all its values are deleted
-- breaks-clients: column public.t.c: programs that use it fail
ALTER TABLE public.t DROP COLUMN c;
