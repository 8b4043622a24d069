-- data-dependent: domain public.added: fails if a value is null
ALTER DOMAIN public.added ADD CONSTRAINT added NOT NULL;
ALTER DOMAIN public.gone DROP NOT NULL;
ALTER DOMAIN public.named RENAME CONSTRAINT named_not_null TO named;
ALTER DOMAIN public.renamed RENAME CONSTRAINT old_name TO new_name;
