-- breaks-clients: column public.ft.old: programs that use it fail
ALTER TABLE public.ft DROP COLUMN old;
-- breaks-clients: foreign table public.moved: programs that use it fail
DROP FOREIGN TABLE public.moved;
-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
CREATE FOREIGN TABLE public.fresh (
    id text OPTIONS (a 'b') COLLATE pg_catalog."C" NOT NULL
) SERVER s;
ALTER FOREIGN TABLE public.ft OPTIONS (ADD more 'x', SET table_name 'b');
ALTER TABLE public.ft ALTER COLUMN id TYPE bigint;
ALTER TABLE public.ft ALTER COLUMN id DROP NOT NULL;
ALTER FOREIGN TABLE public.ft ALTER COLUMN id OPTIONS (ADD key 'true');
ALTER TABLE public.ft ALTER COLUMN name TYPE text;
ALTER TABLE public.ft ALTER COLUMN name SET NOT NULL;
ALTER FOREIGN TABLE public.ft ALTER COLUMN name OPTIONS (SET far 'm');
ALTER TABLE public.ft ADD COLUMN added integer DEFAULT 1;
COMMENT ON COLUMN public.ft.id IS 'key';
COMMENT ON FOREIGN TABLE public.ft IS 'far';
GRANT SELECT (id), INSERT ON TABLE public.ft TO ft_a;
CREATE FOREIGN TABLE public.moved (
    id integer
) SERVER z;
CREATE VIEW public.v AS
 SELECT id
   FROM public.ft;
ALTER TABLE public.ft ADD CONSTRAINT positive CHECK ((added > 0)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.ft.positive: fails if a row violates it
ALTER TABLE public.ft VALIDATE CONSTRAINT positive;
