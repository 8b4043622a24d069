-- data-dependent: constraint public.events.events_kind_fkey: fails if a row violates it
ALTER TABLE public.events ADD CONSTRAINT events_kind_fkey FOREIGN KEY (kind) REFERENCES public.kinds(id);
ALTER TABLE ONLY public.events ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);
CREATE UNIQUE INDEX events_both ON ONLY public.events USING btree (at, kind);
CREATE INDEX events_note_idx ON ONLY public.events USING btree (note) WHERE (note IS NOT NULL);
CREATE FUNCTION public.touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin return new; end$function$;
CREATE TRIGGER touch BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.events ADD CONSTRAINT events_note_check CHECK ((note <> ''::text)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.events.events_note_check: fails if a row violates it
ALTER TABLE public.events VALIDATE CONSTRAINT events_note_check;
COMMENT ON CONSTRAINT events_note_check ON public.events_2024 IS 'of a partition';
-- trueline: no-transaction
-- data-dependent: constraint public.events_2023.events_2023_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_pkey ON public.events_2023 USING btree (id, at);
ALTER TABLE public.events_2023 ADD CONSTRAINT events_2023_pkey PRIMARY KEY USING INDEX events_2023_pkey;
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2023_pkey;
-- trueline: no-transaction
-- data-dependent: index public.events_2023_at_kind_idx: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_at_kind_idx ON public.events_2023 USING btree (at, kind);
ALTER INDEX public.events_both ATTACH PARTITION public.events_2023_at_kind_idx;
COMMENT ON INDEX public.events_2023_at_kind_idx IS 'of a partition';
-- trueline: no-transaction
-- data-dependent: index public.events_2023_note_idx: fails if an expression of it does for a row
CREATE INDEX CONCURRENTLY events_2023_note_idx ON public.events_2023 USING btree (note) WHERE (note IS NOT NULL);
ALTER INDEX public.events_note_idx ATTACH PARTITION public.events_2023_note_idx;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2024.events_2024_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2024_pkey ON public.events_2024 USING btree (id, at);
ALTER TABLE public.events_2024 ADD CONSTRAINT events_2024_pkey PRIMARY KEY USING INDEX events_2024_pkey;
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2024_pkey;
COMMENT ON CONSTRAINT events_2024_pkey ON public.events_2024 IS 'of a partition';
-- trueline: no-transaction
-- data-dependent: index public.events_2024_at_kind_idx: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2024_at_kind_idx ON public.events_2024 USING btree (at, kind);
ALTER INDEX public.events_both ATTACH PARTITION public.events_2024_at_kind_idx;
-- trueline: no-transaction
-- data-dependent: index public.events_2024_note_idx: fails if an expression of it does for a row
CREATE INDEX CONCURRENTLY events_2024_note_idx ON public.events_2024 USING btree (note) WHERE (note IS NOT NULL);
ALTER INDEX public.events_note_idx ATTACH PARTITION public.events_2024_note_idx;
