CREATE OR REPLACE AGGREGATE public.total(n integer) (
    SFUNC = public.add,
    STYPE = integer,
    COMBINEFUNC = public.add,
    INITCOND = '5',
    PARALLEL = SAFE
);
