CREATE PROCEDURE public.p(IN a integer, INOUT b text)
 LANGUAGE plpgsql
AS $procedure$ begin b := 'x'; end $procedure$;
