ALTER TABLE public.villages NO INHERIT public.places;
ALTER TABLE public.capitals INHERIT public.places;
ALTER TABLE public.villages RENAME CONSTRAINT places_name_not_null TO villages_name_not_null;
