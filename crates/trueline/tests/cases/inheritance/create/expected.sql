CREATE TABLE public.capitals (
    size integer DEFAULT 5,
    state text
) INHERITS (public.places, public.things);
CREATE TABLE public.villages (
    CONSTRAINT big CHECK ((size > 0)),
    CONSTRAINT small CHECK ((size < 100)) NO INHERIT
) INHERITS (public.places);
CREATE TABLE public.hamlets () INHERITS (public.villages);
ALTER TABLE public.hamlets ALTER COLUMN size SET DEFAULT 3;
ALTER TABLE public.hamlets ALTER COLUMN size SET NOT NULL;
CREATE INDEX villages_name_idx ON public.villages USING btree (name);
