CREATE INDEX events_id ON ONLY public.events USING btree (id);
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2024_id_idx ON public.events_2024 USING btree (id);
ALTER INDEX public.events_id ATTACH PARTITION public.events_2024_id_idx;
