ALTER TABLE public.a DROP CONSTRAINT kept;
ALTER TABLE public.a DROP CONSTRAINT goes;
ALTER TABLE public.a DROP CONSTRAINT stays;
ALTER TABLE public.a ADD CONSTRAINT comes CHECK ((x < 1000)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.a.comes: fails if a row violates it
ALTER TABLE public.a VALIDATE CONSTRAINT comes;
ALTER TABLE public.a ADD CONSTRAINT stays CHECK ((x > 1)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.a.stays: fails if a row violates it
ALTER TABLE public.a VALIDATE CONSTRAINT stays;
ALTER TABLE public.b ADD CONSTRAINT kept CHECK ((x <> 50)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.b.kept: fails if a row violates it
ALTER TABLE public.b VALIDATE CONSTRAINT kept;
ALTER TABLE public.c ADD CONSTRAINT own CHECK ((x <> 51)) NO INHERIT NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.c.own: fails if a row violates it
ALTER TABLE public.c VALIDATE CONSTRAINT own;
