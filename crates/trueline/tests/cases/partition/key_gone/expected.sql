ALTER TABLE public.events DETACH PARTITION public.events_2023;
-- data-loss: column public.events_2023.at: all its values are deleted
-- breaks-clients: column public.events_2023.at: programs that use it fail
ALTER TABLE public.events_2023 DROP COLUMN at;
-- breaks-clients: view public.all_events: programs that use it fail
DROP VIEW public.all_events;
-- breaks-clients: table public.events: programs that use it fail
DROP TABLE public.events;
CREATE TABLE public.events (
    id bigint NOT NULL,
    note text
) PARTITION BY RANGE (id);
-- data-dependent: partition public.events_2023: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_2023 FOR VALUES FROM ('0') TO ('1000');
CREATE VIEW public.all_events AS
 SELECT id,
    note
   FROM public.events;
