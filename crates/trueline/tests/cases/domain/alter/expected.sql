-- breaks-clients: domain public.gone: programs that use it fail
DROP DOMAIN public.gone;
ALTER DOMAIN public.code SET DEFAULT 'x'::text;
ALTER DOMAIN public.positive DROP DEFAULT;
ALTER DOMAIN public.positive DROP NOT NULL;
ALTER DOMAIN public.code ADD CONSTRAINT short CHECK ((length(VALUE) < 5)) NOT VALID;
-- trueline: segment
-- data-dependent: domain constraint public.code.short: fails if a value violates it
ALTER DOMAIN public.code VALIDATE CONSTRAINT short;
ALTER DOMAIN public.code ADD CONSTRAINT upper CHECK ((upper(VALUE) = VALUE)) NOT VALID;
-- trueline: segment
-- data-dependent: domain constraint public.code.upper: fails if a value violates it
ALTER DOMAIN public.code VALIDATE CONSTRAINT upper;
ALTER DOMAIN public.positive ADD CONSTRAINT small CHECK ((VALUE < 100)) NOT VALID;
-- trueline: segment
-- data-dependent: domain constraint public.positive.small: fails if a value violates it
ALTER DOMAIN public.positive VALIDATE CONSTRAINT small;
