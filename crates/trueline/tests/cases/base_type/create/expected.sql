CREATE TYPE public.widget;
CREATE FUNCTION public.widget_in(cstring)
 RETURNS public.widget
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$int8in$function$;
COMMENT ON FUNCTION public.widget_in(cstring) IS 'reads one';
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
    STORAGE = PLAIN
);
CREATE DOMAIN public.part AS public.widget NOT NULL;
COMMENT ON TYPE public.widget IS 'a number';
CREATE TABLE public.box (
    w public.widget DEFAULT '7'::public.widget,
    many public.widget[],
    p public.part
);
CREATE FUNCTION public.widget_lt(public.widget, public.widget)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$int8lt$function$;
CREATE OPERATOR public.< (
    FUNCTION = public.widget_lt,
    LEFTARG = public.widget,
    RIGHTARG = public.widget
);
CREATE CAST (public.widget AS bigint) WITHOUT FUNCTION;
CREATE VIEW public.light AS
 SELECT w
   FROM public.box
  WHERE (w OPERATOR(public.<) '10'::public.widget);
