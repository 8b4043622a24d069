ALTER TABLE public.events_2023 ALTER COLUMN mood DROP DEFAULT;
ALTER TABLE public.events_2024 ALTER COLUMN mood DROP DEFAULT;
ALTER TABLE public.events ALTER COLUMN mood DROP DEFAULT;
ALTER TYPE public.mood RENAME TO mood__replaced;
-- data-dependent: enum public.mood: fails if a row has `sad`
-- breaks-clients: enum public.mood: programs that use `sad` fail
CREATE TYPE public.mood AS ENUM ('happy', 'ok');
ALTER TABLE public.events ALTER COLUMN mood TYPE public.mood USING mood::text::public.mood;
DROP TYPE public.mood__replaced;
ALTER TABLE public.events ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
ALTER TABLE public.events_2023 ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
ALTER TABLE public.events_2024 ALTER COLUMN mood SET DEFAULT 'ok'::public.mood;
