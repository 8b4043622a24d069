CREATE RULE r AS
    ON INSERT TO public.t DO  INSERT INTO public.u (a, b)
  VALUES (new.a, new.b);
