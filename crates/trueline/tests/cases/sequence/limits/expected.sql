SELECT pg_catalog.setval('public.s', -100, false) FROM public.s WHERE last_value < -100;
-- data-dependent: sequence public.s: fails if its position is outside the new limits
ALTER SEQUENCE public.s MINVALUE -100 MAXVALUE 100 START WITH -100;
SELECT pg_catalog.setval('public.t_id_seq', -100, false) FROM public.t_id_seq WHERE last_value < -100;
-- data-dependent: column public.t.id: fails if the position of its sequence is outside the new limits
ALTER TABLE public.t ALTER COLUMN id SET INCREMENT BY 5 SET MINVALUE -100 SET MAXVALUE 100 SET START WITH -100;
