ALTER TABLE public.child DROP CONSTRAINT child_t_fkey;
-- breaks-clients: column public.t.g: programs that use it fail
ALTER TABLE public.t DROP COLUMN g;
ALTER TABLE public.t ALTER COLUMN a DROP DEFAULT;
ALTER TABLE public.t ALTER COLUMN b DROP DEFAULT;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- data-dependent: column public.child.t: fails if a value does not convert to uuid
-- breaks-clients: column public.child.t: programs that expect the old type may fail
ALTER TABLE public.child ALTER COLUMN t TYPE uuid USING t::text::uuid;
-- data-dependent: column public.parent.code: fails if a value does not convert to uuid
-- breaks-clients: column public.parent.code: programs that expect the old type may fail
ALTER TABLE public.parent ALTER COLUMN code TYPE uuid USING code::text::uuid;
-- breaks-clients: column public.t.id: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE bigint;
-- data-dependent: column public.t.b: fails if a value does not convert to integer
-- breaks-clients: column public.t.b: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN b TYPE integer USING b::text::integer;
-- breaks-clients: column public.t.d: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN d TYPE timestamp with time zone USING d::timestamp with time zone;
-- data-dependent: column public.t.e: fails if a value does not convert to integer[]
-- breaks-clients: column public.t.e: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN e TYPE integer[] USING e::text::integer[];
ALTER TABLE public.t ALTER COLUMN f TYPE text COLLATE pg_catalog."C";
-- data-dependent: column public.t.g: fails if its expression does for a row
ALTER TABLE public.t ADD COLUMN g bigint GENERATED ALWAYS AS ((a + 1)) STORED;
ALTER TABLE public.t ALTER COLUMN a SET DEFAULT 1;
ALTER TABLE public.t ALTER COLUMN b SET DEFAULT 5;
CREATE VIEW public.v AS
 SELECT a,
    b
   FROM public.t;
-- trueline: no-transaction
DROP INDEX CONCURRENTLY public.t_lower_idx;
-- breaks-clients: column public.t.c: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN c TYPE text;
ALTER TABLE public.child ADD CONSTRAINT child_t_fkey FOREIGN KEY (t) REFERENCES public.parent(code) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.child.child_t_fkey: fails if a row violates it
ALTER TABLE public.child VALIDATE CONSTRAINT child_t_fkey;
-- trueline: no-transaction
-- data-dependent: index public.t_lower_idx: fails if an expression of it does for a row
CREATE INDEX CONCURRENTLY t_lower_idx ON public.t USING btree (lower(c));
