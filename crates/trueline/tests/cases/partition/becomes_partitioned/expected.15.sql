-- breaks-clients: view public.all_events: programs that use it fail
DROP VIEW public.all_events;
-- data-loss: table public.events: all its rows are deleted
-- breaks-clients: table public.events: programs that use it fail
DROP TABLE public.events;
CREATE TABLE public.events (
    id bigint,
    at date
) PARTITION BY RANGE (at);
CREATE TABLE public.events_2023 PARTITION OF public.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE public.events_2024 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW public.all_events AS
 SELECT events.id,
    events.at
   FROM public.events;
