DROP INDEX public.events_b;
DROP INDEX public.events_a;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2023_id_idx ON public.events_2023 USING btree (id);
-- trueline: no-transaction
-- data-dependent: index public.events_2024_at_id_idx: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2024_at_id_idx ON public.events_2024 USING btree (at, id);
