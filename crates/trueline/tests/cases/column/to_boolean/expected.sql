ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT;
ALTER TABLE public.t ALTER COLUMN b DROP DEFAULT;
-- data-loss: column public.t.a: values of type integer may not fit into boolean
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE boolean USING a::boolean;
-- data-dependent: column public.t.b: fails if a value does not convert to boolean
-- breaks-clients: column public.t.b: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN b TYPE boolean USING b::text::boolean;
-- data-loss: column public.t.c: values of type json may not fit into jsonb
-- breaks-clients: column public.t.c: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN c TYPE jsonb USING c::jsonb;
ALTER TABLE public.t ALTER COLUMN a SET DEFAULT false;
ALTER TABLE public.t ALTER COLUMN b SET DEFAULT false;
