-- data-loss: table public.dropped: all its rows are deleted
-- breaks-clients: table public.dropped: programs that use it fail
DROP TABLE public.dropped;
-- data-loss: table public.r: all its rows are deleted
-- breaks-clients: table public.r: programs that use it fail
DROP TABLE public.r;
ALTER PUBLICATION p DROP TABLE ONLY public.t;
-- data-loss: column public.t.a: all its values are deleted
-- breaks-clients: column public.t.a: programs that use it fail
ALTER TABLE public.t DROP COLUMN a;
-- breaks-clients: column public.t.id: programs that expect the old type may fail
ALTER TABLE public.t ALTER COLUMN id TYPE bigint;
ALTER TABLE public.t ADD COLUMN c text;
CREATE VIEW public.r AS
 SELECT 1 AS id;
ALTER PUBLICATION p ADD TABLE ONLY public.t (id, c) WHERE ((id > 0));
