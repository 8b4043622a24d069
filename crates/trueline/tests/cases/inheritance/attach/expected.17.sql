ALTER TABLE public.villages NO INHERIT public.places;
ALTER TABLE public.capitals INHERIT public.places;
