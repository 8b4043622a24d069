-- breaks-clients: procedure public.p(integer): programs that call it fail
DROP PROCEDURE public.p(integer);
CREATE PROCEDURE public.p(IN a integer, OUT b integer)
 LANGUAGE sql
AS $procedure$select 1$procedure$;
