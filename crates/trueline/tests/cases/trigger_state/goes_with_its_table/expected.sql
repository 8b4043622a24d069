-- data-loss: table public.q: all its rows are deleted
-- breaks-clients: table public.q: programs that use it fail
DROP TABLE public.q;
-- breaks-clients: table public.p: programs that use it fail
DROP TABLE public.p;
-- breaks-clients: table public.t: programs that use it fail
DROP TABLE public.t;
DROP FUNCTION public.f();
CREATE TABLE public.other (
    a integer
);
