-- data-dependent: domain constraint public.code.short: fails if a value violates it
ALTER DOMAIN public.code VALIDATE CONSTRAINT short;
