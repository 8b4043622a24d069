ALTER TABLE public.t ADD COLUMN b integer;
CREATE OR REPLACE FUNCTION public.f()
 RETURNS bigint
 LANGUAGE sql
BEGIN ATOMIC
 SELECT count(t.b) AS count
    FROM public.t;
END;
