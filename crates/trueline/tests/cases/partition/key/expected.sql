ALTER TABLE public.events DETACH PARTITION public.events_2023;
ALTER TABLE public.events DETACH PARTITION public.events_2024;
-- breaks-clients: table public.events: programs that use it fail
DROP TABLE public.events;
ALTER TABLE public.hits DETACH PARTITION public.hits_1;
-- breaks-clients: table public.hits: programs that use it fail
DROP TABLE public.hits;
CREATE TABLE public.events (
    id integer NOT NULL,
    at date NOT NULL,
    note text,
    CONSTRAINT events_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at, id);
-- data-dependent: partition public.events_2023: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_2023 FOR VALUES FROM ('2023-01-01', 0) TO ('2024-01-01', 0);
-- data-dependent: partition public.events_2024: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01', 0) TO ('2025-01-01', 0);
CREATE TABLE public.hits (
    id bigint NOT NULL,
    note text
) PARTITION BY LIST (id);
-- breaks-clients: column public.hits_1.id: programs that expect the old type may fail
ALTER TABLE public.hits_1 ALTER COLUMN id TYPE bigint;
-- data-dependent: partition public.hits_1: fails if a row is outside its bounds
ALTER TABLE public.hits ATTACH PARTITION public.hits_1 FOR VALUES IN ('1', '2');
