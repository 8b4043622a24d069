ALTER SEQUENCE public.kept OWNED BY NONE;
-- data-loss: table public.gone: all its rows are deleted
-- breaks-clients: table public.gone: programs that use it fail
DROP TABLE public.gone;
ALTER SEQUENCE public.s OWNED BY public.t.other;
