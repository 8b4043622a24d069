ALTER TABLE public.other DROP CONSTRAINT other_t_fkey;
-- data-loss: table public.t1: all its rows are deleted
-- breaks-clients: table public.t1: programs that use it fail
DROP TABLE public.t1;
ALTER TABLE public.t2 DETACH PARTITION public.t21;
-- breaks-clients: table public.t2: programs that use it fail
DROP TABLE public.t2;
-- breaks-clients: table public.t: programs that use it fail
DROP TABLE public.t;
ALTER TABLE public.t21 RENAME CONSTRAINT t_id_not_null TO t21_id_not_null;
