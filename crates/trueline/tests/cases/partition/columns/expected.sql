-- data-loss: column public.events.gone: all its values are deleted
-- breaks-clients: column public.events.gone: programs that use it fail
ALTER TABLE public.events DROP COLUMN gone;
-- breaks-clients: view public.recent: programs that use it fail
DROP VIEW public.recent;
-- breaks-clients: column public.events.id: programs that expect the old type may fail
ALTER TABLE public.events ALTER COLUMN id TYPE bigint;
ALTER TABLE public.events ADD COLUMN added integer DEFAULT 7;
ALTER TABLE public.events ADD COLUMN another text COLLATE pg_catalog."C";
ALTER TABLE ONLY public.events ALTER COLUMN size SET DEFAULT 2;
ALTER TABLE public.events_2023 ALTER COLUMN added SET NOT NULL;
ALTER TABLE public.events_2023 ALTER COLUMN another SET STORAGE EXTERNAL;
ALTER TABLE public.events_2023 ALTER COLUMN size SET DEFAULT 2;
COMMENT ON COLUMN public.events_2023.added IS 'here only';
ALTER TABLE public.events_2024 ALTER COLUMN added DROP DEFAULT;
ALTER TABLE public.events_2024 ALTER COLUMN another SET DEFAULT 'x'::text;
CREATE VIEW public.recent AS
 SELECT id
   FROM public.events_2024;
ALTER TABLE public.events ADD CONSTRAINT events_note_is_not_null CHECK (note IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.events.note: fails if a value is null
ALTER TABLE public.events VALIDATE CONSTRAINT events_note_is_not_null;
ALTER TABLE public.events ALTER COLUMN note SET NOT NULL;
ALTER TABLE public.events DROP CONSTRAINT events_note_is_not_null;
ALTER TABLE public.events ALTER COLUMN note SET DEFAULT 'nothing'::text;
