-- data-loss: column public.t.b: all its values are deleted
-- breaks-clients: column public.t.b: programs that use it fail
ALTER TABLE public.t DROP COLUMN b;
