ALTER TABLE public.child DROP CONSTRAINT child_ls_check;
DROP POLICY p ON public.t;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: function public.pick(public.level): programs that call it fail
DROP FUNCTION public.pick(public.level);
ALTER TYPE public.level RENAME TO level__replaced;
CREATE TYPE public.level AS ENUM ('high', 'medium', 'low');
ALTER TABLE public.child ALTER COLUMN ls TYPE public.level[] USING ls::text[]::public.level[];
ALTER TABLE public.t ALTER COLUMN l TYPE public.level USING l::text::public.level;
DROP TYPE public.level__replaced;
CREATE POLICY p ON public.t USING ((l = 'low'::public.level));
CREATE FUNCTION public.pick(l public.level)
 RETURNS public.level
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT l$function$;
CREATE VIEW public.v AS
 SELECT t.id,
    t.l,
    public.pick(t.l) AS picked
   FROM public.t
  WHERE (t.l = 'low'::public.level);
COMMENT ON COLUMN public.v.l IS 'level';
ALTER TABLE public.child ADD CONSTRAINT child_ls_check CHECK (('low'::public.level = ANY (ls))) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.child.child_ls_check: fails if a row violates it
ALTER TABLE public.child VALIDATE CONSTRAINT child_ls_check;
