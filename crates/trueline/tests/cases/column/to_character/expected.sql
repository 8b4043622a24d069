-- data-loss: column public.t.a: values of type bytea may not fit into character(8)
-- data-dependent: column public.t.a: fails if a value does not convert to character(8)
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE character(8);
-- data-dependent: column public.t.b: fails if a value does not convert to character varying(4)
-- breaks-clients: column public.t.b: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN b TYPE character varying(4);
-- data-dependent: column public.t.c: fails if a value does not convert to character varying(4)[]
-- breaks-clients: column public.t.c: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN c TYPE character varying(4)[] USING c::text[];
