ALTER DOMAIN public.word DROP CONSTRAINT word_check;
-- breaks-clients: function public.ok(text): programs that call it fail
DROP FUNCTION public.ok(text);
CREATE FUNCTION public.fine(t text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT t <> 'x' $function$;
ALTER DOMAIN public.word RENAME TO word__replaced;
-- data-dependent: domain public.word: fails if a value violates it
CREATE DOMAIN public.word AS text
    CONSTRAINT word_check CHECK (public.fine(VALUE));
ALTER TABLE public.t ALTER COLUMN list TYPE public.word[] USING list::text[]::public.word[];
ALTER TABLE public.t ALTER COLUMN one TYPE public.word USING one::text::public.word;
DROP DOMAIN public.word__replaced;
