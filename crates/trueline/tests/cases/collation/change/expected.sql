ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT;
ALTER COLLATION public.plain RENAME TO plain__replaced;
CREATE COLLATION public.plain (provider = libc, lc_collate = 'POSIX', lc_ctype = 'POSIX');
ALTER TABLE public.t ALTER COLUMN a TYPE text COLLATE public.plain;
DROP COLLATION public.plain__replaced;
ALTER TABLE public.t ALTER COLUMN a SET DEFAULT 'x'::text;
