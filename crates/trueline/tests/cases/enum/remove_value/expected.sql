COMMENT ON TYPE public.mood IS NULL;
ALTER DOMAIN public.good_mood DROP CONSTRAINT good;
COMMENT ON DOMAIN public.good_mood IS NULL;
-- breaks-clients: column public.people.shown: programs that use it fail
ALTER TABLE public.people DROP COLUMN shown;
ALTER TABLE public.people ALTER COLUMN all_of_them DROP DEFAULT;
ALTER TABLE public.people ALTER COLUMN m DROP DEFAULT;
ALTER TABLE public.people DROP CONSTRAINT mood_is_known;
ALTER TABLE public.people DROP CONSTRAINT people_check;
-- trueline: no-transaction
DROP INDEX CONCURRENTLY public.ok_people;
ALTER TYPE public.mood RENAME TO mood__replaced;
ALTER DOMAIN public.good_mood RENAME TO good_mood__replaced;
-- data-dependent: enum public.mood: fails if a row has `sad`
-- breaks-clients: enum public.mood: programs that use `sad` fail
CREATE TYPE public.mood AS ENUM ('happy', 'ok');
CREATE DOMAIN public.good_mood AS public.mood DEFAULT 'ok'::public.mood
    CONSTRAINT there CHECK ((VALUE IS NOT NULL));
ALTER TABLE public.moods ALTER COLUMN m TYPE public.mood USING m::text::public.mood;
ALTER TABLE public.people ALTER COLUMN all_of_them TYPE public.mood[] USING all_of_them::text[]::public.mood[];
ALTER TABLE public.people ALTER COLUMN best TYPE public.good_mood USING best::text::public.good_mood;
ALTER TABLE public.people ALTER COLUMN m TYPE public.mood USING m::text::public.mood;
DROP DOMAIN public.good_mood__replaced;
DROP TYPE public.mood__replaced;
COMMENT ON TYPE public.mood IS 'how one feels';
COMMENT ON DOMAIN public.good_mood IS 'how one feels, when one does';
-- data-dependent: column public.people.shown: fails if its expression does for a row
ALTER TABLE public.people ADD COLUMN shown text GENERATED ALWAYS AS (
CASE m
    WHEN 'ok'::public.mood THEN 'fine'::text
    ELSE NULL::text
END) STORED;
ALTER TABLE public.people ALTER COLUMN all_of_them SET DEFAULT '{ok,happy}'::public.mood[];
ALTER TABLE public.people ALTER COLUMN m SET DEFAULT 'ok'::public.mood;
ALTER DOMAIN public.good_mood ADD CONSTRAINT good CHECK ((VALUE <> 'happy'::public.mood)) NOT VALID;
-- trueline: segment
-- data-dependent: domain constraint public.good_mood.good: fails if a value violates it
ALTER DOMAIN public.good_mood VALIDATE CONSTRAINT good;
COMMENT ON CONSTRAINT good ON DOMAIN public.good_mood IS 'yes';
ALTER TABLE public.people ADD CONSTRAINT mood_is_known FOREIGN KEY (m) REFERENCES public.moods(m) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.people.mood_is_known: fails if a row violates it
ALTER TABLE public.people VALIDATE CONSTRAINT mood_is_known;
ALTER TABLE public.people ADD CONSTRAINT people_check CHECK (((m <> 'happy'::public.mood) OR (id > 5))) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.people.people_check: fails if a row violates it
ALTER TABLE public.people VALIDATE CONSTRAINT people_check;
-- trueline: no-transaction
-- data-dependent: index public.ok_people: fails if an expression of it does for a row
CREATE INDEX CONCURRENTLY ok_people ON public.people USING btree (id) WHERE (m = 'ok'::public.mood);
