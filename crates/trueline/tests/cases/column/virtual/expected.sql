-- breaks-clients: column public.t.becomes_stored: programs that use it fail
ALTER TABLE public.t DROP COLUMN becomes_stored;
-- breaks-clients: column public.t.becomes_virtual: programs that use it fail
ALTER TABLE public.t DROP COLUMN becomes_virtual;
-- breaks-clients: column public.t.becomes_plain: programs that use it fail
ALTER TABLE public.t DROP COLUMN becomes_plain;
ALTER TABLE public.t ALTER COLUMN changes SET EXPRESSION AS ((a + 2));
-- data-dependent: column public.t.becomes_stored: fails if its expression does for a row
ALTER TABLE public.t ADD COLUMN becomes_stored integer GENERATED ALWAYS AS ((a + 1)) STORED;
ALTER TABLE public.t ADD COLUMN becomes_virtual integer GENERATED ALWAYS AS ((a + 1)) VIRTUAL;
ALTER TABLE public.t ADD COLUMN becomes_plain integer;
ALTER TABLE public.t ALTER COLUMN retyped TYPE bigint;
ALTER TABLE public.t ADD COLUMN added integer GENERATED ALWAYS AS ((a * 2)) VIRTUAL;
ALTER TABLE public.t ADD CONSTRAINT t_filled_is_not_null CHECK (filled IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.t.filled: fails if a value is null
ALTER TABLE public.t VALIDATE CONSTRAINT t_filled_is_not_null;
ALTER TABLE public.t ALTER COLUMN filled SET NOT NULL;
ALTER TABLE public.t DROP CONSTRAINT t_filled_is_not_null;
ALTER TABLE public.t ADD CONSTRAINT t_added_check CHECK ((added > 0)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.t.t_added_check: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT t_added_check;
