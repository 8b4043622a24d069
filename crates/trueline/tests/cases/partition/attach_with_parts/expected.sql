ALTER TABLE public.events DETACH PARTITION public.events_2024;
ALTER TABLE public.events_2024 RENAME CONSTRAINT events_id_not_null TO events_2024_id_not_null;
ALTER TABLE public.events_2024 RENAME CONSTRAINT events_at_not_null TO events_2024_at_not_null;
ALTER TABLE public.events_2023 ADD CONSTRAINT events_note_check CHECK ((note <> ''::text)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.events_2023.events_note_check: fails if a row violates it
ALTER TABLE public.events_2023 VALIDATE CONSTRAINT events_note_check;
-- data-dependent: partition public.events_2023: fails if a row is outside its bounds
ALTER TABLE public.events ATTACH PARTITION public.events_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
