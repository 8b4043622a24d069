-- breaks-clients: view public.boxes: programs that use it fail
DROP VIEW public.boxes;
-- data-loss: column public.box.w: all its values are deleted
-- breaks-clients: column public.box.w: programs that use it fail
ALTER TABLE public.box DROP COLUMN w;
-- breaks-clients: shell type public.widget: programs that use it fail
-- data-loss: shell type public.widget: columns of it outside of the managed schemas are dropped, too
DROP TYPE public.widget CASCADE;
CREATE TYPE public.widget;
CREATE FUNCTION public.widget_in(cstring)
 RETURNS public.widget
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$int8in$function$;
CREATE FUNCTION public.widget_out(public.widget)
 RETURNS cstring
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$int8out$function$;
CREATE TYPE public.widget (
    INPUT = public.widget_in,
    OUTPUT = public.widget_out,
    INTERNALLENGTH = 8,
    ALIGNMENT = double,
    PASSEDBYVALUE,
    DELIMITER = '|',
    STORAGE = PLAIN
);
COMMENT ON TYPE public.widget IS 'a number';
ALTER TABLE public.box ADD COLUMN w public.widget;
CREATE VIEW public.boxes AS
 SELECT box.n,
    box.w
   FROM public.box;
