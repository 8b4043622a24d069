ALTER TABLE public.people ALTER COLUMN m DROP DEFAULT;
-- breaks-clients: column public.people.m: programs that expect the old type may fail
ALTER TABLE public.people ALTER COLUMN m TYPE text USING m::text;
ALTER TYPE public.mood RENAME TO mood__replaced;
-- data-dependent: enum public.mood: fails if a row has `sad`
-- breaks-clients: enum public.mood: programs that use `sad` fail
CREATE TYPE public.mood AS ENUM ('ok');
DROP TYPE public.mood__replaced;
-- data-dependent: column public.people.n: fails if a value does not convert to public.mood
-- breaks-clients: column public.people.n: programs that expect the old type may fail
ALTER TABLE public.people ALTER COLUMN n TYPE public.mood USING n::text::public.mood;
ALTER TABLE public.people ALTER COLUMN m SET DEFAULT 'ok'::text;
