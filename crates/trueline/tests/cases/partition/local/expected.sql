ALTER TABLE public.events_2024 ALTER COLUMN note DROP DEFAULT;
ALTER TABLE ONLY public.events ALTER COLUMN note SET STATISTICS 20;
ALTER TABLE public.events_2023 ALTER COLUMN note SET STATISTICS 20;
ALTER TABLE public.events_2023 ALTER COLUMN note SET (n_distinct='5');
ALTER TABLE public.events_2023 ALTER COLUMN note SET DEFAULT 'own'::text;
ALTER TABLE public.events_2024 SET (fillfactor='50');
ALTER TABLE public.events_2024 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.events_2024 REPLICA IDENTITY FULL;
CREATE POLICY mine ON public.events_2024 USING ((id = 1));
CREATE FUNCTION public.touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin return new; end$function$;
CREATE TRIGGER touch BEFORE INSERT ON public.events_2024 FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.events_2023 ADD CONSTRAINT own CHECK ((id < 1000)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.events_2023.own: fails if a row violates it
ALTER TABLE public.events_2023 VALIDATE CONSTRAINT own;
ALTER TABLE public.events_2024 ADD CONSTRAINT events_2024_note_is_not_null CHECK (note IS NOT NULL) NOT VALID;
-- trueline: segment
-- data-dependent: column public.events_2024.note: fails if a value is null
ALTER TABLE public.events_2024 VALIDATE CONSTRAINT events_2024_note_is_not_null;
ALTER TABLE public.events_2024 ALTER COLUMN note SET NOT NULL;
ALTER TABLE public.events_2024 DROP CONSTRAINT events_2024_note_is_not_null;
ALTER TABLE public.events_2024 ALTER COLUMN note SET STORAGE EXTERNAL;
ALTER TABLE public.events_2024 ALTER COLUMN note SET STATISTICS 20;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY own ON public.events_2024 USING btree (note);
