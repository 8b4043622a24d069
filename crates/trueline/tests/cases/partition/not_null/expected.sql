ALTER TABLE public.events ALTER COLUMN a DROP NOT NULL;
ALTER TABLE public.events_2023 ALTER COLUMN c DROP NOT NULL;
ALTER TABLE public.events ADD CONSTRAINT events_b_is_not_null CHECK (b IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.events.b: fails if a value is null
ALTER TABLE public.events VALIDATE CONSTRAINT events_b_is_not_null;
ALTER TABLE public.events ALTER COLUMN b SET NOT NULL;
ALTER TABLE public.events DROP CONSTRAINT events_b_is_not_null;
ALTER TABLE public.events_2023 ADD CONSTRAINT events_2023_a_is_not_null CHECK (a IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.events_2023.a: fails if a value is null
ALTER TABLE public.events_2023 VALIDATE CONSTRAINT events_2023_a_is_not_null;
ALTER TABLE public.events_2023 ALTER COLUMN a SET NOT NULL;
ALTER TABLE public.events_2023 DROP CONSTRAINT events_2023_a_is_not_null;
