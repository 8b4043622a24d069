DROP INDEX public.events_note_idx;
ALTER TABLE public.events ADD COLUMN more integer;
ALTER TABLE ONLY public.events ADD CONSTRAINT events_pkey PRIMARY KEY (at, id);
ALTER TABLE ONLY public.events_2023 ADD CONSTRAINT events_2023_pkey PRIMARY KEY (at, id);
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2023_pkey;
-- data-dependent: column public.events.note: fails if a value does not convert to character varying(40)
-- breaks-clients: column public.events.note: programs that expect the old type may fail
ALTER TABLE public.events ALTER COLUMN note TYPE character varying(40);
ALTER TABLE public.events ADD CONSTRAINT events_note_is_not_null CHECK (note IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.events.note: fails if a value is null
ALTER TABLE public.events VALIDATE CONSTRAINT events_note_is_not_null;
ALTER TABLE public.events ALTER COLUMN note SET NOT NULL;
ALTER TABLE public.events DROP CONSTRAINT events_note_is_not_null;
ALTER TABLE public.events ALTER COLUMN note SET DEFAULT 'x'::character varying;
CREATE INDEX events_note_idx ON ONLY public.events USING btree (note DESC);
CREATE UNIQUE INDEX events_2023_key ON ONLY public.events_2023 USING btree (id, note);
CREATE INDEX events_2023_note_idx ON ONLY public.events_2023 USING btree (note DESC);
ALTER INDEX public.events_note_idx ATTACH PARTITION public.events_2023_note_idx;
ALTER TABLE public.events ADD CONSTRAINT events_more_check CHECK ((more > 0)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.events.events_more_check: fails if a row violates it
ALTER TABLE public.events VALIDATE CONSTRAINT events_more_check;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2023_0.events_2023_0_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_0_pkey ON public.events_2023_0 USING btree (at, id);
ALTER TABLE public.events_2023_0 ADD CONSTRAINT events_2023_0_pkey PRIMARY KEY USING INDEX events_2023_0_pkey;
ALTER INDEX public.events_2023_pkey ATTACH PARTITION public.events_2023_0_pkey;
-- trueline: no-transaction
-- data-dependent: index public.events_2023_0_id_note_idx: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_0_id_note_idx ON public.events_2023_0 USING btree (id, note);
ALTER INDEX public.events_2023_key ATTACH PARTITION public.events_2023_0_id_note_idx;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2023_0_note_idx ON public.events_2023_0 USING btree (note DESC);
ALTER INDEX public.events_2023_note_idx ATTACH PARTITION public.events_2023_0_note_idx;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2023_1.events_2023_1_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_1_pkey ON public.events_2023_1 USING btree (at, id);
ALTER TABLE public.events_2023_1 ADD CONSTRAINT events_2023_1_pkey PRIMARY KEY USING INDEX events_2023_1_pkey;
ALTER INDEX public.events_2023_pkey ATTACH PARTITION public.events_2023_1_pkey;
-- trueline: no-transaction
-- data-dependent: index public.events_2023_1_id_note_idx: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_1_id_note_idx ON public.events_2023_1 USING btree (id, note);
ALTER INDEX public.events_2023_key ATTACH PARTITION public.events_2023_1_id_note_idx;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2023_1_note_idx ON public.events_2023_1 USING btree (note DESC);
ALTER INDEX public.events_2023_note_idx ATTACH PARTITION public.events_2023_1_note_idx;
-- trueline: no-transaction
-- data-dependent: constraint public.events_rest.events_rest_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_rest_pkey ON public.events_rest USING btree (at, id);
ALTER TABLE public.events_rest ADD CONSTRAINT events_rest_pkey PRIMARY KEY USING INDEX events_rest_pkey;
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_rest_pkey;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_rest_note_idx ON public.events_rest USING btree (note DESC);
ALTER INDEX public.events_note_idx ATTACH PARTITION public.events_rest_note_idx;
