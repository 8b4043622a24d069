-- breaks-clients: range public.changed: programs that use it fail
DROP TYPE public.changed;
CREATE TYPE public.changed AS RANGE (SUBTYPE = bigint, MULTIRANGE_TYPE_NAME = public.changed_multirange);
CREATE TYPE public.floats AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = pg_catalog.float8mi, MULTIRANGE_TYPE_NAME = public.many_floats);
CREATE TYPE public.texts AS RANGE (SUBTYPE = text, COLLATION = pg_catalog."C", MULTIRANGE_TYPE_NAME = public.texts_multirange);
CREATE TABLE public.t (
    f public.floats,
    m public.many_floats
);
