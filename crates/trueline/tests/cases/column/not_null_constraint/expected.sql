ALTER TABLE public.t RENAME CONSTRAINT old_name TO new_name;
ALTER TABLE public.t RENAME CONSTRAINT t_named_not_null TO "Named";
ALTER TABLE public.t RENAME CONSTRAINT has_name TO t_unnamed_not_null;
ALTER TABLE public.t ADD CONSTRAINT t_added_apart_not_null NOT NULL added_apart NOT VALID;
ALTER TABLE public.t ALTER COLUMN gone DROP NOT NULL;
ALTER TABLE public.t ALTER CONSTRAINT inherit INHERIT;
ALTER TABLE public.t ALTER CONSTRAINT t_no_inherit_not_null NO INHERIT;
-- data-dependent: column public.t.validated: fails if a value is null
ALTER TABLE public.t VALIDATE CONSTRAINT validated;
ALTER TABLE public.t ALTER COLUMN let_go DROP NOT NULL;
ALTER TABLE public.t ADD CONSTRAINT let_go NOT NULL let_go NOT VALID;
-- data-dependent: column public.t.new: fails if the table has rows, since it is NOT NULL and has no default
ALTER TABLE public.t ADD COLUMN new integer CONSTRAINT new NOT NULL;
ALTER TABLE public.t ADD CONSTRAINT added NOT NULL added NO INHERIT NOT VALID;
-- trueline: segment
-- data-dependent: column public.t.added: fails if a value is null
ALTER TABLE public.t VALIDATE CONSTRAINT added;
