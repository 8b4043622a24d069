-- breaks-clients: column public.t.b: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN b TYPE bigint;
