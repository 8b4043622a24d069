COMMENT ON COLUMN public.used.a IS NULL;
COMMENT ON TYPE public.used IS NULL;
-- data-loss: composite type public.address: all values of `gone` are deleted
-- breaks-clients: composite type public.address: programs that use it fail
ALTER TYPE public.address DROP ATTRIBUTE gone CASCADE;
ALTER TYPE public.address ADD ATTRIBUTE "Country" text CASCADE;
ALTER TYPE public.address ALTER ATTRIBUTE street SET DATA TYPE character varying(100) CASCADE;
CREATE TYPE public.nothing AS ();
-- data-loss: composite type public.used: all values of `gone` are deleted
-- breaks-clients: composite type public.used: programs that use it fail
ALTER TYPE public.used DROP ATTRIBUTE gone CASCADE;
ALTER TYPE public.used ADD ATTRIBUTE added date CASCADE;
ALTER TYPE public.used RENAME TO used__replaced;
-- data-dependent: composite type public.used: fails if a value does not convert to the new type
-- breaks-clients: composite type public.used: programs that expect the old type may fail
CREATE TYPE public.used AS (
    a bigint,
    b text,
    added date
);
ALTER TABLE public.people ALTER COLUMN all_homes TYPE public.used[] USING all_homes::text[]::public.used[];
ALTER TABLE public.people ALTER COLUMN home TYPE public.used USING home::text::public.used;
DROP TYPE public.used__replaced;
COMMENT ON COLUMN public.used.a IS 'an attribute, and a wide one';
COMMENT ON TYPE public.used IS 'a type';
