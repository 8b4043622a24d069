ALTER TABLE public.other DROP CONSTRAINT other_t_fkey;
ALTER TABLE public.t DROP CONSTRAINT t_up_fkey;
-- data-loss: table public.t1: all its rows are deleted
-- breaks-clients: table public.t1: programs that use it fail
DROP TABLE public.t1;
-- data-loss: table public.t21: all its rows are deleted
-- breaks-clients: table public.t21: programs that use it fail
DROP TABLE public.t21;
-- breaks-clients: table public.t2: programs that use it fail
DROP TABLE public.t2;
-- breaks-clients: table public.t: programs that use it fail
DROP TABLE public.t;
