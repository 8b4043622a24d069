ALTER DOMAIN public.code DROP CONSTRAINT code_check;
ALTER TABLE public.t ALTER COLUMN d DROP DEFAULT;
ALTER DOMAIN public.code RENAME TO code__replaced;
-- data-dependent: domain public.code: fails if a value does not convert to text
-- breaks-clients: domain public.code: programs that expect the old type may fail
CREATE DOMAIN public.code AS text COLLATE pg_catalog."C"
    CONSTRAINT code_check CHECK ((VALUE ~ '^[a-z]+$'::text));
ALTER TABLE public.t ALTER COLUMN c TYPE public.code COLLATE pg_catalog."C" USING c::text::public.code;
ALTER TABLE public.t ALTER COLUMN d TYPE public.code[] USING d::text[]::public.code[];
DROP DOMAIN public.code__replaced;
ALTER DOMAIN public.positive RENAME TO positive__replaced;
-- data-dependent: domain public.positive: fails if a value does not convert to bigint
-- breaks-clients: domain public.positive: programs that expect the old type may fail
CREATE DOMAIN public.positive AS bigint DEFAULT 1 NOT NULL
    CONSTRAINT positive_check CHECK ((VALUE > 0));
ALTER TABLE public.t ALTER COLUMN p TYPE public.positive USING p::text::public.positive;
DROP DOMAIN public.positive__replaced;
ALTER TABLE public.t ALTER COLUMN c TYPE public.code COLLATE pg_catalog."POSIX";
ALTER TABLE public.t ALTER COLUMN d SET DEFAULT '{a}'::public.code[];
