CREATE FUNCTION public.tg()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ begin return new; end $function$;
CREATE OR REPLACE TRIGGER x BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.tg();
DROP FUNCTION public.tf();
