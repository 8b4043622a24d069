-- data-dependent: constraint public.guests.guests_once: fails if rows conflict
ALTER TABLE public.guests ADD CONSTRAINT guests_once UNIQUE (id, during WITHOUT OVERLAPS);
ALTER TABLE public.guests ADD CONSTRAINT guests_room FOREIGN KEY (room, PERIOD stay) REFERENCES public.rooms(id, PERIOD during) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.guests.guests_room: fails if a row violates it
ALTER TABLE public.guests VALIDATE CONSTRAINT guests_room;
