DROP RULE r ON public.t;
-- breaks-clients: column public.u.a: programs that expect the old type may fail
ALTER TABLE public.u ALTER COLUMN a TYPE bigint;
CREATE RULE r AS
    ON INSERT TO public.t DO  INSERT INTO public.u (a, b)
  VALUES (new.a, new.b);
ALTER TABLE public.t DISABLE RULE r;
