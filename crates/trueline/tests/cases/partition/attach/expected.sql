ALTER TABLE public.events DETACH PARTITION public.events_2024;
-- data-dependent: partition public.events_2023: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
ALTER TABLE public.events_2024 RENAME CONSTRAINT events_id_not_null TO events_2024_id_not_null;
ALTER TABLE public.events_2024 RENAME CONSTRAINT events_at_not_null TO events_2024_at_not_null;
