ALTER TYPE public.mood RENAME TO mood__replaced;
ALTER TYPE public.pair RENAME TO pair__replaced;
-- data-dependent: enum public.mood: fails if a row has `sad`
-- breaks-clients: enum public.mood: programs that use `sad` fail
CREATE TYPE public.mood AS ENUM ('ok');
CREATE TYPE public.pair AS (
    m public.mood,
    n integer
);
ALTER TABLE public.t ALTER COLUMN p TYPE public.pair USING p::text::public.pair;
DROP TYPE public.pair__replaced;
DROP TYPE public.mood__replaced;
