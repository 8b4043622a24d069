ALTER TABLE public.events DETACH PARTITION public.events_2023;
-- data-dependent: partition public.events_2023: fails if a row is outside its bounds
ALTER TABLE public.archive ATTACH PARTITION public.events_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
