CREATE RULE r AS
    ON INSERT TO public.v DO INSTEAD ( INSERT INTO public.t (a)
  VALUES (new.a);
 INSERT INTO public.u (a)
  VALUES (new.a);

 NOTIFY x;
);
