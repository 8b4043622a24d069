-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: aggregate public.total(integer): programs that call it fail
DROP AGGREGATE public.total(integer);
CREATE AGGREGATE public.total(n integer) (
    SFUNC = public.add,
    STYPE = integer,
    FINALFUNC = public.fin
);
CREATE VIEW public.v AS
 SELECT public.total(t.x) AS y
   FROM ( VALUES (1)) t(x);
