ALTER TABLE public.t ADD COLUMN y integer;
REVOKE SELECT (x) ON TABLE public.t FROM privcol_b;
REVOKE SELECT, SELECT (id) ON TABLE public.t FROM privcol_a;
GRANT SELECT (id, y), UPDATE ("B c") ON TABLE public.t TO privcol_a WITH GRANT OPTION;
-- data-loss: column public.t.x: all its values are deleted
-- breaks-clients: column public.t.x: programs that use it fail
ALTER TABLE public.t DROP COLUMN x;
