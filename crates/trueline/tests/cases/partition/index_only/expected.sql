ALTER INDEX public.events_id ATTACH PARTITION public.of_2024;
