ALTER TABLE public.events DETACH PARTITION public.events_2024;
ALTER TABLE public.events DETACH PARTITION public.events_old;
CREATE TABLE public.events_2023 PARTITION OF public.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
-- data-dependent: partition public.events_2024: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01') TO ('2026-01-01');
-- data-dependent: partition public.events_old: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_old FOR VALUES FROM (MINVALUE) TO ('2023-01-01');
