-- breaks-clients: procedure public.p(integer, text): programs that call it fail
DROP PROCEDURE public.p(integer, text);
CREATE PROCEDURE public.p(IN c integer, INOUT b text)
 LANGUAGE plpgsql
AS $procedure$ begin b := 'x'; end $procedure$;
