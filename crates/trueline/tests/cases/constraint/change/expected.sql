ALTER TABLE public.t DROP CONSTRAINT b_check;
ALTER TABLE public.t DROP CONSTRAINT k_fk;
ALTER TABLE public.other DROP CONSTRAINT k;
ALTER TABLE public.t DROP CONSTRAINT pk;
ALTER TABLE public.other ADD COLUMN m integer;
ALTER TABLE public.t ALTER CONSTRAINT a_fk DEFERRABLE;
-- trueline: no-transaction
-- data-dependent: constraint public.other.k: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY k ON public.other USING btree (k);
ALTER TABLE public.other ADD CONSTRAINT k UNIQUE USING INDEX k DEFERRABLE;
-- trueline: no-transaction
-- data-dependent: constraint public.other.m: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY m ON public.other USING btree (m);
ALTER TABLE public.other ADD CONSTRAINT m UNIQUE USING INDEX m;
ALTER TABLE public.t ADD CONSTRAINT t_c_is_not_null CHECK (c IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.t.c: fails if a value is null
ALTER TABLE public.t VALIDATE CONSTRAINT t_c_is_not_null;
ALTER TABLE public.t ALTER COLUMN c SET NOT NULL;
ALTER TABLE public.t DROP CONSTRAINT t_c_is_not_null;
ALTER INDEX public.c_unique SET (fillfactor='60');
-- data-dependent: constraint public.t.e: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT e;
ALTER TABLE public.t ADD CONSTRAINT b_check CHECK ((b > 1)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.t.b_check: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT b_check;
COMMENT ON CONSTRAINT b_check ON public.t IS 'stays';
ALTER TABLE public.t ADD CONSTRAINT k_fk FOREIGN KEY (d) REFERENCES public.other(m) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.t.k_fk: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT k_fk;
-- trueline: no-transaction
-- data-dependent: constraint public.t.pk: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY pk ON public.t USING btree (id, c);
ALTER TABLE public.t ADD CONSTRAINT pk PRIMARY KEY USING INDEX pk;
ALTER TABLE public.t CLUSTER ON pk;
ALTER TABLE public.t REPLICA IDENTITY USING INDEX pk;
