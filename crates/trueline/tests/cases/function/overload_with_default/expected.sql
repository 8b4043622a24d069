-- breaks-clients: column public.t.plain: programs that use it fail
ALTER TABLE public.t DROP COLUMN plain;
ALTER TABLE public.t DROP CONSTRAINT t_name_check;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- trueline: no-transaction
DROP INDEX CONCURRENTLY public.t_norm;
-- breaks-clients: function public.norm(text): programs that call it fail
DROP FUNCTION public.norm(text);
CREATE FUNCTION public.norm(t text, strict boolean DEFAULT true)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT trim(t) $function$;
-- data-dependent: column public.t.plain: fails if its expression does for a row
ALTER TABLE public.t ADD COLUMN plain text GENERATED ALWAYS AS (public.norm(name)) STORED;
CREATE VIEW public.v AS
 SELECT public.norm(name) AS plain
   FROM public.t;
ALTER TABLE public.t ADD CONSTRAINT t_name_check CHECK ((public.norm(name) <> ''::text)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.t.t_name_check: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT t_name_check;
-- trueline: no-transaction
-- data-dependent: index public.t_norm: fails if an expression of it does for a row
CREATE INDEX CONCURRENTLY t_norm ON public.t USING btree (public.norm(name));
