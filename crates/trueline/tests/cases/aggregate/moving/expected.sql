CREATE OR REPLACE AGGREGATE public.total(n integer) (
    SFUNC = public.add,
    STYPE = integer,
    MSFUNC = public.add,
    MINVFUNC = int4mi,
    MSTYPE = integer,
    MINITCOND = '0'
);
