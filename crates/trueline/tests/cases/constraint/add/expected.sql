ALTER TABLE public.t ADD CONSTRAINT later CHECK ((a > 1)) NOT VALID;
ALTER TABLE public.t ADD CONSTRAINT later_fk FOREIGN KEY (b) REFERENCES public.other(id) NOT VALID;
-- data-dependent: constraint public.t.t_c_excl: fails if rows conflict
ALTER TABLE public.t ADD CONSTRAINT t_c_excl EXCLUDE USING gist (c WITH &&) WHERE ((a > 0));
ALTER TABLE public.t ADD CONSTRAINT t_id_is_not_null CHECK (id IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.t.id: fails if a value is null
ALTER TABLE public.t VALIDATE CONSTRAINT t_id_is_not_null;
ALTER TABLE public.t ALTER COLUMN id SET NOT NULL;
ALTER TABLE public.t DROP CONSTRAINT t_id_is_not_null;
-- trueline: no-transaction
-- data-dependent: constraint public.t.pk: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY pk ON public.t USING btree (id) WITH (fillfactor='80');
ALTER TABLE public.t ADD CONSTRAINT pk PRIMARY KEY USING INDEX pk;
-- trueline: no-transaction
-- data-dependent: constraint public.t.t_a_b_key: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY t_a_b_key ON public.t USING btree (a, b);
ALTER TABLE public.t ADD CONSTRAINT t_a_b_key UNIQUE USING INDEX t_a_b_key DEFERRABLE;
ALTER TABLE public.t ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES public.other(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.t.t_a_fkey: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT t_a_fkey;
-- trueline: no-transaction
-- data-dependent: constraint public.t.t_b_a_key: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY t_b_a_key ON public.t USING btree (b) INCLUDE (a);
ALTER TABLE public.t ADD CONSTRAINT t_b_a_key UNIQUE USING INDEX t_b_a_key;
ALTER TABLE public.t ADD CONSTRAINT t_b_check CHECK ((b > 0)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.t.t_b_check: fails if a row violates it
ALTER TABLE public.t VALIDATE CONSTRAINT t_b_check;
