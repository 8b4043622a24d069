-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
CREATE TABLE public.v (
    a integer
);
