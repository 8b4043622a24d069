ALTER TABLE public.events DETACH PARTITION public.events_ab;
ALTER TABLE public.events DETACH PARTITION public.events_cd;
-- data-dependent: partition public.events_ab: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_ab FOR VALUES IN ('a', 'b''s', NULL);
-- data-dependent: partition public.events_cd: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_cd FOR VALUES IN ('c', 'd');
CREATE TABLE public.events_rest PARTITION OF public.events DEFAULT;
