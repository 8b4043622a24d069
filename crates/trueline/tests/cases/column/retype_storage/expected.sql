ALTER DOMAIN public.code RENAME TO code__replaced;
-- data-dependent: domain public.code: fails if a value does not convert to text
-- breaks-clients: domain public.code: programs that expect the old type may fail
CREATE DOMAIN public.code AS text;
ALTER TABLE public.t ALTER COLUMN c TYPE public.code USING c::text::public.code;
ALTER TABLE public.t ALTER COLUMN c SET STORAGE EXTERNAL;
ALTER TABLE public.t ALTER COLUMN c SET COMPRESSION pglz;
DROP DOMAIN public.code__replaced;
-- data-dependent: column public.t.a: fails if a value does not convert to character varying(20)
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE character varying(20);
ALTER TABLE public.t ALTER COLUMN a SET STORAGE EXTERNAL;
ALTER TABLE public.t ALTER COLUMN a SET COMPRESSION pglz;
-- breaks-clients: column public.t.b: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN b TYPE text;
