ALTER TABLE public.events_2023 DETACH PARTITION public.events_2023_0;
ALTER TABLE public.events_2023 DETACH PARTITION public.events_2023_1;
-- breaks-clients: table public.events_2023: programs that use it fail
DROP TABLE public.events_2023;
-- data-loss: table public.events_rest: all its rows are deleted
-- breaks-clients: table public.events_rest: programs that use it fail
DROP TABLE public.events_rest;
CREATE TABLE public.events_2023 PARTITION OF public.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') PARTITION BY LIST (id);
-- data-dependent: partition public.events_2023_0: fails if a row is outside its bounds
ALTER TABLE public.events_2023 ATTACH PARTITION public.events_2023_0 FOR VALUES IN ('1', '3');
-- data-dependent: partition public.events_2023_1: fails if a row is outside its bounds
ALTER TABLE public.events_2023 ATTACH PARTITION public.events_2023_1 DEFAULT;
CREATE TABLE public.events_2024 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
