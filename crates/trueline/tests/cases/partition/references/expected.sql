-- data-dependent: constraint public.events.events_up_up_at_fkey: fails if a row violates it
ALTER TABLE public.events ADD CONSTRAINT events_up_up_at_fkey FOREIGN KEY (up, up_at) REFERENCES public.events(id, at);
CREATE TABLE public.marks (
    event bigint,
    at date,
    CONSTRAINT marks_event_at_fkey FOREIGN KEY (event, at) REFERENCES public.events_2023(id, at)
);
CREATE TABLE public.notes (
    event bigint,
    at date,
    note text,
    CONSTRAINT notes_event_at_fkey FOREIGN KEY (event, at) REFERENCES public.events(id, at) ON DELETE CASCADE
) PARTITION BY HASH (event);
CREATE TABLE public.notes_0 PARTITION OF public.notes FOR VALUES WITH (modulus 1, remainder 0);
