DROP TRIGGER x ON public.t;
-- breaks-clients: column public.t.a: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN a TYPE bigint;
CREATE TRIGGER x BEFORE UPDATE OF a ON public.t FOR EACH ROW WHEN ((old.a <> new.a)) EXECUTE FUNCTION public.tf();
ALTER TABLE public.t DISABLE TRIGGER x;
