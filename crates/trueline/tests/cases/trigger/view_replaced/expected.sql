-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
CREATE VIEW public.v AS
 SELECT b,
    a
   FROM public.t;
CREATE TRIGGER x INSTEAD OF INSERT ON public.v FOR EACH ROW EXECUTE FUNCTION public.tf();
