CREATE TABLE public.t (
    a integer,
    b text
);
CREATE FUNCTION public.tf()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ begin return new; end $function$;
CREATE TRIGGER x BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.tf();
