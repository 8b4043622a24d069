CREATE OR REPLACE PROCEDURE public.p(IN a integer, INOUT b text)
 LANGUAGE plpgsql
AS $procedure$ begin b := 'y'; end $procedure$;
