ALTER TABLE public.events DROP CONSTRAINT events_d;
ALTER TABLE public.events DROP CONSTRAINT events_c;
DROP INDEX public.events_a;
DROP INDEX public.events_b;
ALTER TABLE ONLY public.events ADD CONSTRAINT events_c UNIQUE (id, at);
CREATE INDEX events_a ON ONLY public.events USING btree (id, note);
CREATE INDEX events_b ON ONLY public.events USING btree (note) WITH (fillfactor='60');
ALTER TABLE public.events ADD CONSTRAINT events_d CHECK ((id > 1)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.events.events_d: fails if a row violates it
ALTER TABLE public.events VALIDATE CONSTRAINT events_d;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2023.events_2023_id_at_key: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_id_at_key ON public.events_2023 USING btree (id, at);
ALTER TABLE public.events_2023 ADD CONSTRAINT events_2023_id_at_key UNIQUE USING INDEX events_2023_id_at_key;
ALTER INDEX public.events_c ATTACH PARTITION public.events_2023_id_at_key;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2023_id_note_idx ON public.events_2023 USING btree (id, note);
ALTER INDEX public.events_a ATTACH PARTITION public.events_2023_id_note_idx;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2023_note_idx ON public.events_2023 USING btree (note) WITH (fillfactor='60');
ALTER INDEX public.events_b ATTACH PARTITION public.events_2023_note_idx;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2024.events_2024_id_at_key: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2024_id_at_key ON public.events_2024 USING btree (id, at);
ALTER TABLE public.events_2024 ADD CONSTRAINT events_2024_id_at_key UNIQUE USING INDEX events_2024_id_at_key;
ALTER TABLE public.events_2024 REPLICA IDENTITY USING INDEX events_2024_id_at_key;
ALTER INDEX public.events_c ATTACH PARTITION public.events_2024_id_at_key;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2024.own: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY own ON public.events_2024 USING btree (at, id, note);
ALTER TABLE public.events_2024 ADD CONSTRAINT own UNIQUE USING INDEX own;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2024_id_note_idx ON public.events_2024 USING btree (id, note);
ALTER INDEX public.events_a ATTACH PARTITION public.events_2024_id_note_idx;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2024_note_idx ON public.events_2024 USING btree (note) WITH (fillfactor='60');
ALTER INDEX public.events_b ATTACH PARTITION public.events_2024_note_idx;
