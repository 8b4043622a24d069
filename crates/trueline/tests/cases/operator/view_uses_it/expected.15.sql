CREATE FUNCTION public.eq(integer, text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$select $1::text = $2$function$;
CREATE FUNCTION public.ne(integer, text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$select $1::text <> $2$function$;
CREATE FUNCTION public.qe(text, integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$select $2::text = $1$function$;
CREATE OPERATOR public.=== (
    FUNCTION = public.eq,
    LEFTARG = integer,
    RIGHTARG = text
);
CREATE TABLE public.t (
    a integer,
    CONSTRAINT t_a_check CHECK ((a OPERATOR(public.===) 'x'::text))
);
CREATE VIEW public.v AS
 SELECT (t.a OPERATOR(public.===) 'x'::text) AS y
   FROM public.t;
