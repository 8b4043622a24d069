ALTER TABLE public.capitals NO INHERIT public.places;
-- data-loss: table public.places: all its rows are deleted
-- breaks-clients: table public.places: programs that use it fail
DROP TABLE public.places;
