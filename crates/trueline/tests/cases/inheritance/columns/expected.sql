ALTER TABLE public.capitals ALTER COLUMN size DROP DEFAULT;
-- data-loss: column public.places.gone: all its values are deleted
-- breaks-clients: column public.places.gone: programs that use it fail
ALTER TABLE public.places DROP COLUMN gone;
-- data-loss: column public.places.kept: all its values are deleted
-- breaks-clients: column public.places.kept: programs that use it fail
ALTER TABLE ONLY public.places DROP COLUMN kept;
-- data-loss: column public.villages.kept: all its values are deleted
-- breaks-clients: column public.villages.kept: programs that use it fail
ALTER TABLE public.villages DROP COLUMN kept;
ALTER TABLE public.villages ALTER COLUMN size DROP DEFAULT;
ALTER TABLE ONLY public.places ALTER COLUMN size DROP DEFAULT;
ALTER TABLE public.places DROP CONSTRAINT big;
-- breaks-clients: column public.places.size: programs that expect the old type may fail
ALTER TABLE public.places ALTER COLUMN size TYPE bigint;
ALTER TABLE public.places ADD COLUMN added integer DEFAULT 1;
ALTER TABLE ONLY public.places ALTER COLUMN size SET DEFAULT 2;
ALTER TABLE public.capitals ALTER COLUMN size SET DEFAULT 1;
ALTER TABLE public.villages ALTER COLUMN size SET DEFAULT 2;
-- data-dependent: column public.places.name: fails if a value does not convert to character varying(50)
-- breaks-clients: column public.places.name: programs that expect the old type may fail
ALTER TABLE public.places ALTER COLUMN name TYPE character varying(50);
ALTER TABLE public.places ADD CONSTRAINT places_name_is_not_null CHECK (name IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.places.name: fails if a value is null
ALTER TABLE public.places VALIDATE CONSTRAINT places_name_is_not_null;
ALTER TABLE public.places ALTER COLUMN name SET NOT NULL;
ALTER TABLE public.places DROP CONSTRAINT places_name_is_not_null;
ALTER TABLE public.places ADD CONSTRAINT larger CHECK ((size > 1)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.places.larger: fails if a row violates it
ALTER TABLE public.places VALIDATE CONSTRAINT larger;
