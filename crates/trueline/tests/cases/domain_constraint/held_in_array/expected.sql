ALTER DOMAIN public.positive DROP CONSTRAINT positive_check;
ALTER DOMAIN public.known RENAME TO known__replaced;
-- data-dependent: domain public.known: fails if a value violates it
CREATE DOMAIN public.known AS text NOT NULL;
ALTER TABLE public.t ALTER COLUMN tags TYPE public.known[] USING tags::text[]::public.known[];
DROP DOMAIN public.known__replaced;
ALTER DOMAIN public.positive RENAME TO positive__replaced;
ALTER DOMAIN public.small RENAME TO small__replaced;
ALTER TYPE public.pair RENAME TO pair__replaced;
-- data-dependent: domain public.positive: fails if a value violates it
CREATE DOMAIN public.positive AS integer
    CONSTRAINT positive_check CHECK ((VALUE > 1))
    CONSTRAINT positive_check1 CHECK ((VALUE < 1000));
CREATE DOMAIN public.small AS public.positive;
CREATE TYPE public.pair AS (
    a public.positive,
    b public.positive
);
ALTER TABLE public.t ALTER COLUMN few TYPE public.small[] USING few::text[]::public.small[];
ALTER TABLE public.t ALTER COLUMN list TYPE public.positive[] USING list::text[]::public.positive[];
ALTER TABLE public.t ALTER COLUMN one TYPE public.positive USING one::text::public.positive;
ALTER TABLE public.t ALTER COLUMN pair TYPE public.pair USING pair::text::public.pair;
DROP TYPE public.pair__replaced;
DROP DOMAIN public.small__replaced;
DROP DOMAIN public.positive__replaced;
