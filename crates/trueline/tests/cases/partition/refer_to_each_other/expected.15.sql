ALTER TABLE public.a DETACH PARTITION public.a1;
ALTER TABLE public.a1 DROP CONSTRAINT a_b_fkey;
-- data-loss: column public.a.b: all its values are deleted
-- breaks-clients: column public.a.b: programs that use it fail
ALTER TABLE public.a DROP COLUMN b;
ALTER TABLE public.b DETACH PARTITION public.b1;
ALTER TABLE public.b1 DROP CONSTRAINT b_a_fkey;
-- breaks-clients: table public.b: programs that use it fail
DROP TABLE public.b;
-- breaks-clients: table public.a: programs that use it fail
DROP TABLE public.a;
