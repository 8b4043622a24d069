CREATE SCHEMA ext;
ALTER EXTENSION citext SET SCHEMA ext;
-- data-dependent: column public.people.email: fails if a value does not convert to ext.citext
-- breaks-clients: column public.people.email: programs that expect the old type may fail
ALTER TABLE public.people ALTER COLUMN email TYPE ext.citext USING email::text::ext.citext;
